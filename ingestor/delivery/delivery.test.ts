import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../lib/clock.ts'
import { SimulatedDisk } from '../../test/support/simulated-disk.ts'
import { encodeAcceptedWrite } from '../accepted-write.ts'
import type { DeadLetter } from '../dead-letters/letter.ts'
import { LateReadings } from '../late/late-readings.ts'
import { DurableLog } from '../log/log.ts'
import { defaultLogOptions } from '../log/log-options.ts'
import { DeliveredSet, readDelivered, writeDelivered } from './delivered.ts'
import { Delivery, defaultDeliveryOptions } from './delivery.ts'
import { type Outcome, outcomeOf, type Send } from './send.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plantwatch-delivery-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const fast = { ...defaultDeliveryOptions, backoffMinMs: 1, backoffMaxMs: 4, saveEveryMs: 2 }

/** A database of points in memory: last write wins per series and time. The transport in front of it may fail. */
class Database {
  readonly points = new Map<string, string>()
  requests = 0
  constructor(readonly judge: (lines: readonly string[], request: number) => Outcome | null) {}
  readonly send: Send = async (bucket, _precision, lines) => {
    const texts = lines.map((line) => Buffer.from(line).toString())
    const verdict = this.judge(texts, ++this.requests)
    await new Promise((resolve) => setTimeout(resolve, this.requests % 3))
    if (verdict !== null) return verdict
    for (const text of texts) {
      const [key, fields, time] = text.split(' ')
      this.points.set(`${bucket} ${key} ${time}`, fields!)
    }
    return { kind: 'stored' }
  }
}

const append = (log: DurableLog, body: string, timeNs: number, bucket = 'b'): Promise<number> =>
  new Promise((resolve, reject) => {
    const lines = body.split('\n').length - 1
    const head = encodeAcceptedWrite({
      bucket,
      precision: 'ns',
      tokenId: 't',
      idempotencyKey: '',
      arrivalNs: 99n,
      earliestNs: BigInt(timeNs),
      latestNs: BigInt(timeNs),
      lines,
      contextRuns: [],
    })
    log.append([head, Buffer.from(body)], (error, sequence) => (error === null ? resolve(sequence) : reject(error)))
  })

async function until(done: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!done()) {
    if (performance.now() > deadline) throw new Error('did not come to an end within 10 s')
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

interface Rig {
  readonly log: DurableLog
  readonly delivery: Delivery
  readonly letters: Omit<DeadLetter, 'id'>[]
}
async function rig(database: Database, options: Partial<typeof fast> = {}): Promise<Rig> {
  const log = await DurableLog.open(new SimulatedDisk(1).folder(), {
    ...defaultLogOptions,
    segmentBytes: 1 << 18,
    sparesMax: 1,
  })
  const letters: Omit<DeadLetter, 'id'>[] = []
  const delivery = new Delivery(
    log,
    new DeliveredSet(),
    join(folder, 'cursor'),
    database.send,
    async (more) => letters.push(...more),
    systemClock,
    { ...fast, ...options },
  )
  return { log, delivery, letters }
}

describe('the delivery', () => {
  it('brings every line to the database, in requests of many records', async () => {
    const database = new Database(() => null)
    const { log, delivery } = await rig(database)
    for (let i = 0; i < 300; i++) await append(log, `m,s=a v=${i} ${i}\n`, i)
    delivery.start()
    await until(() => delivery.lagRecords === 0)
    await delivery.stop()
    expect(database.points.size).toBe(300)
    expect(database.requests).toBeLessThan(30)
    expect((await readDelivered(join(folder, 'cursor'))).delivered.watermark).toBe(300)
  })

  it('finds the one guilty line by bisection, lays it down after three refusals, and stores its neighbours', async () => {
    const database = new Database((lines) =>
      lines.some((line) => line.includes('bad')) ? outcomeOf(400, undefined, '{"message":"no"}') : null,
    )
    const { log, delivery, letters } = await rig(database)
    await append(log, Array.from({ length: 500 }, (_, i) => `m,s=${i === 333 ? 'bad' : i} v=1 1\n`).join(''), 1)
    delivery.start()
    await until(() => delivery.lagRecords === 0)
    await delivery.stop()
    expect(database.points.size).toBe(499)
    expect(letters.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['m,s=bad v=1 1'])
    expect(letters[0]!.message).toMatch(/three times by itself, at last with 400: no/)
    expect(delivery.counters).toMatchObject({ linesStored: 499, linesRefused: 1 })
  })

  it('knows as late what the database has taken, and nothing that lies in the dead letters', async () => {
    const database = new Database((lines) =>
      lines.some((line) => line.includes('bad')) ? outcomeOf(400, undefined, '{"message":"no"}') : null,
    )
    const { log } = await rig(database)
    const late = new LateReadings('b', systemClock, null)
    const cursor = join(folder, 'cursor')
    const laid = async () => {}
    const delivery = new Delivery(log, new DeliveredSet(), cursor, database.send, laid, systemClock, fast, late)
    await append(
      log,
      Array.from({ length: 50 }, (_, i) => `m,machine=${i === 33 ? 'bad' : 'a'} v=1 ${i}\n`).join(''),
      0,
    )
    await append(log, 'm,machine=b v=1 7\n', 0, 'other')
    delivery.start()
    await until(() => delivery.lagRecords === 0)
    await delivery.stop()
    expect(late.count).toBe(49)
    expect((await readDelivered(cursor)).late?.spans).toEqual([['m', '', '', 'a', '0', '49', 49]])
  })

  it('holds everything on 401, 403 and 404, says so, and delivers once it is mended', async () => {
    for (const status of [401, 403, 404]) {
      let mended = false
      const database = new Database(() =>
        mended ? null : outcomeOf(status, undefined, '{"message":"bucket \\"b\\" not found"}'),
      )
      const { log, delivery, letters } = await rig(database)
      await append(log, 'm v=1 1\n', 1)
      delivery.start()
      await until(() => delivery.trouble !== null && database.requests > 2)
      expect(delivery.trouble).toMatchObject({ kind: 'hold' })
      expect(database.points.size).toBe(0)
      mended = true
      await until(() => delivery.lagRecords === 0)
      await delivery.stop()
      expect(database.points.size).toBe(1)
      expect(delivery.trouble).toBeNull()
      expect(letters).toEqual([])
    }
  })

  it('delivers every good line and lays down every bad one while the database answers at random', async () => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(9)), async (dice) => {
        const database = new Database((lines) => {
          if (lines.some((line) => line.startsWith('bad')))
            return outcomeOf(lines.length % 2 === 0 ? 422 : 400, undefined, '')
          const roll = dice.next().value as number
          return roll < 2 ? outcomeOf(500 + roll * 3, undefined, '') : roll === 2 ? outcomeOf(429, '0', '') : null
        })
        const { log, delivery, letters } = await rig(database)
        for (let i = 0; i < 20; i++)
          await append(log, `m,s=${i} v=1 1\n${i % 5 === 0 ? `bad,s=${i} v=1 1\n` : ''}n,s=${i} v=2 1\n`, 1)
        delivery.start()
        await until(() => delivery.lagRecords === 0)
        await delivery.stop()
        expect(database.points.size).toBe(40)
        expect(letters.length).toBe(4)
      }),
      { numRuns: 15 },
    )
  })

  it('lets the last of several writes of one point win, whatever the backlog and however many requests are under way', async () => {
    for (const backlogRecords of [1, 5, 1000]) {
      let down = true
      const database = new Database((_lines, request) =>
        down || request % 4 === 0 ? outcomeOf(503, undefined, '') : null,
      )
      const { log, delivery } = await rig(database, { backlogRecords, linesMax: 3 })
      for (let i = 0; i < 40; i++) await append(log, `m,s=${i % 4} v=${i} 7\n`, 7)
      delivery.start()
      await until(() => database.requests > 1)
      for (let i = 40; i < 60; i++) await append(log, `m,s=${i % 4} v=${i} 7\n`, 7)
      down = false
      await until(() => delivery.lagRecords === 0)
      await new Promise((resolve) => setTimeout(resolve, 50)) // the backlog's lane may still put the order right
      await delivery.stop()
      expect([...database.points].sort()).toEqual([56, 57, 58, 59].map((v, s) => [`b m,s=${s} 7`, `v=${v}`]))
    }
  })

  it('does not let new records wait behind a backlog', async () => {
    const database = new Database(() => null)
    const slow: Send = async (bucket, precision, lines) => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      return database.send(bucket, precision, lines)
    }
    const { log } = await rig(database)
    const delivery = new Delivery(log, new DeliveredSet(), join(folder, 'cursor'), slow, async () => {}, systemClock, {
      ...fast,
      backlogRecords: 10,
      linesMax: 1,
      concurrencyMax: 1,
      bytesMax: 200,
    })
    for (let i = 0; i < 150; i++) await append(log, `m,s=a v=${i} ${i}\n`, i)
    delivery.start()
    await until(() => database.points.size > 5)
    await append(log, 'm,s=fresh v=1 1000\n', 1000)
    await until(() => database.points.has('b m,s=fresh 1000'))
    expect(delivery.lagRecords).toBeGreaterThan(20)
    await delivery.stop()
  })
})

describe('a delivery that is told to wait', () => {
  it('begins no request until it may go on, and ends on our word all the same', async () => {
    const database = new Database(() => null)
    const { log, delivery } = await rig(database)
    await delivery.pause()
    delivery.start()
    await append(log, 'm v=1 1\n', 1)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(database.requests).toBe(0)
    delivery.resume()
    await until(() => database.points.size === 1)
    await delivery.pause()
    await append(log, 'm v=2 2\n', 2)
    await new Promise((resolve) => setTimeout(resolve, 30))
    await delivery.stop()
    expect(database.points.size).toBe(1)
  })

  it('waits for the requests under way before it stands still', async () => {
    let finish = (): void => {}
    const log = (await rig(new Database(() => null))).log
    const slow: Send = () =>
      new Promise((resolve) => {
        finish = () => resolve({ kind: 'stored' })
      })
    const delivery = new Delivery(
      log,
      new DeliveredSet(),
      join(folder, 'cursor'),
      slow,
      async () => {},
      systemClock,
      fast,
    )
    delivery.start()
    const noRequest = finish
    await append(log, 'm v=1 1\n', 1)
    await until(() => finish !== noRequest)
    let stands = false
    const pausing = delivery.pause().then(() => {
      stands = true
    })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(stands).toBe(false)
    finish()
    await pausing
    await delivery.stop()
  })

  it('settles a record only when no lane will send it again, and remembers that on disk', async () => {
    const database = new Database(() => null)
    const { log, delivery } = await rig(database, { backlogRecords: 5, linesMax: 1 })
    for (let i = 0; i < 60; i++) await append(log, `m,s=${i % 3} v=${i} 7\n`, 7)
    delivery.start()
    for (let i = 60; i < 80; i++) await append(log, `m,s=${i % 3} v=${i} 7\n`, 7)
    await delivery.settle(80)
    const { requests } = database
    expect((await readDelivered(join(folder, 'cursor'))).delivered.watermark).toBeGreaterThanOrEqual(80)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(database.requests).toBe(requests)
    await delivery.stop()
  })
})

describe('the set of delivered records', () => {
  it('is the set of what was added, in any order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 6 })), { maxLength: 25 }),
        (adds) => {
          const set = new DeliveredSet()
          const reference = new Set<number>()
          for (const [from, length] of adds) {
            set.add(from, from + length)
            for (let i = from; i <= from + length; i++) reference.add(i)
          }
          for (let i = 1; i < 50; i++) expect(set.has(i)).toBe(reference.has(i))
          let watermark = 0
          while (reference.has(watermark + 1)) watermark++
          expect(set.watermark).toBe(watermark)
        },
      ),
    )
  })

  it('is known after a restart, and a damaged file means that nothing is known', async () => {
    const path = join(folder, 'cursor')
    const set = new DeliveredSet(5, [[8, 9]])
    await writeDelivered(path, { delivered: set, late: null })
    expect((await readDelivered(path)).delivered.ranges).toEqual([[8, 9]])
    const { readFile, writeFile } = await import('node:fs/promises')
    await writeFile(path, (await readFile(path, 'utf8')).replace('8', '7'))
    expect((await readDelivered(path)).delivered.watermark).toBe(0)
  })
})
