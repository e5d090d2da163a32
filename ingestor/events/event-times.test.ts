import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { encodeAcceptedWrite } from '../accepted-write.ts'
import { EventTimes } from './event-times.ts'

const second = 1_000_000_000n

describe('the times of events', () => {
  it('are their own where they are free, else the next free nanosecond, in order of arrival', async () => {
    const times = await EventTimes.open(null)
    expect([0, 1, 2].map(() => times.assign('a', second))).toEqual([second, second + 1n, second + 2n])
    expect(times.assign('b', second)).toBe(second)
    expect(times.assign('a', 2n * second)).toBe(2n * second)
    expect(times.assign('a', second)).toBe(second + 3n)
    expect(times.assign('a', second + 2n)).toBe(second + 4n)
    expect(times.assign('a', second - 1n)).toBe(second - 1n)
    expect(times.assign('a', second - 1n)).toBe(second + 5n)
  })

  it('are never given twice, and never lie before the event’s own', async () => {
    const open = await EventTimes.open(null)
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 12n }), { maxLength: 60 }), fc.string(), (own, series) => {
        const given = own.map((timeNs) => open.assign(`${series} ${own.length} ${own}`, timeNs))
        // The property runs each list once; a list that comes again goes on where it stopped.
        expect(new Set(given).size).toBe(own.length)
        expect(given.every((timeNs, i) => timeNs >= own[i]!)).toBe(true)
      }),
    )
  })

  it('go on after a restart, also behind a torn line', async () => {
    const path = join(await temporaryFolder(), 'times')
    const before = await EventTimes.open(path)
    for (let i = 0; i < 1_000; i++) before.assign('energy_event,sensor=1', second)
    await before.save()
    await appendFile(path, '["energy_event,sen')
    const after = await EventTimes.open(path)
    expect(after.assign('energy_event,sensor=1', second)).toBe(second + 1_000n)
    await after.save()
    const again = await EventTimes.open(path)
    expect(again.assign('energy_event,sensor=1', second)).toBe(second + 1_001n)
  })

  it('that a crash took are read again out of the log', async () => {
    const times = await EventTimes.open(null)
    const head = encodeAcceptedWrite({
      bucket: 'plant_raw',
      precision: 'ns',
      tokenId: 't',
      idempotencyKey: '',
      arrivalNs: 5n * second,
      earliestNs: second,
      latestNs: second,
      lines: 3,
      contextRuns: [],
    })
    const body = Buffer.from(
      `energy_event,sensor=1 current=1 ${second}\nother,sensor=1 v=1 ${second}\nenergy_event,sensor=1 s="x,y z" ${second + 1n}\n`,
    )
    times.recover(Buffer.concat([head, body]), 'energy_event')
    expect(times.assign('energy_event,sensor=1', second)).toBe(second + 2n)
    expect(times.assign('other,sensor=1', second)).toBe(second)
  })

  it('forget the least recently used beyond their limit, and no others', async () => {
    const times = await EventTimes.open(null)
    for (let i = 0n; i < 100_001n; i++) times.assign('a', i * second)
    expect(times.assign('a', 0n)).toBe(0n) // the oldest was forgotten
    expect(times.assign('a', 100_000n * second)).toBe(100_000n * second + 1n)
    expect(times.assign('a', 5n * second)).toBe(5n * second + 1n)
  })
})
