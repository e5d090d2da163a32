import { describe, expect, it } from 'vitest'
import { SimulatedDisk } from '../../test/support/simulated-disk.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { openDiskFolder } from '../log/disk.ts'
import type { DeadLetter } from './letter.ts'
import { DeadLetterStore } from './store.ts'

const letter = (line: number, bytes = Buffer.from([0xff, 0x00, 0x0a, line])): Omit<DeadLetter, 'id'> => ({
  atNs: 1_700_000_000_000_000_000n + BigInt(line),
  reason: line % 2 === 0 ? 'syntax' : 'field type',
  message: `line ${line}`,
  bucket: 'plant_raw',
  precision: 'ns',
  tokenId: 't1',
  source: 'line protocol',
  line,
  byteOffset: line * 10,
  bytes,
})

describe('the dead-letter store', () => {
  it('gives a letter back with its original bytes, also after a crash', async () => {
    const disk = new SimulatedDisk(1)
    const store = await DeadLetterStore.open(disk.folder())
    const [id] = await store.add([letter(4)])
    disk.crash()
    const again = await DeadLetterStore.open(disk.restart())
    const found = await again.get(id!)
    expect(found).toMatchObject({ message: 'line 4', byteOffset: 40, state: 'open', atNs: 1_700_000_000_000_000_004n })
    expect([...found!.bytes]).toEqual([0xff, 0, 0x0a, 4])
  })

  it('lists newest first, by reason and state, and remembers what was replayed', async () => {
    const disk = new SimulatedDisk(2)
    const store = await DeadLetterStore.open(disk.folder())
    const ids = await store.add([letter(1), letter(2), letter(3)])
    expect(await store.mark(ids[1]!, 'replayed')).toBe(true)
    expect(await store.mark(999, 'replayed')).toBe(false)
    expect(store.list({ state: 'open' }).map(({ id }) => id)).toEqual([ids[2], ids[0]])
    disk.crash()
    const again = await DeadLetterStore.open(disk.restart())
    expect(again.list({ reason: 'syntax' })).toMatchObject([{ id: ids[1], state: 'replayed' }])
    expect(again.openByReason()).toEqual(new Map([['field type', 2]]))
  })

  it('drops the oldest beyond its size, counts them, and keeps the newest', async () => {
    const store = await DeadLetterStore.open(new SimulatedDisk(3).folder(), { bytesMax: 8 << 20, ageMaxNs: 2n ** 62n })
    const big = Buffer.alloc(700_000, 1)
    const ids: number[] = []
    for (let i = 0; i < 20; i++) {
      ids.push(...(await store.add([letter(i, big)])))
      await store.enforceRetention(0n)
    }
    expect(store.droppedByRetention).toBeGreaterThan(0)
    expect(await store.get(ids[0]!)).toBeNull()
    expect((await store.get(ids.at(-1)!))?.bytes.length).toBe(700_000)
    expect(store.droppedByRetention + store.list().length).toBe(20)
  })

  it('reads a letter at its place: a long list costs no more per letter than a short one', async () => {
    const store = await DeadLetterStore.open(await openDiskFolder(await temporaryFolder()))
    const ids: number[] = []
    for (let i = 0; i < 5; i++) {
      ids.push(...(await store.add(Array.from({ length: 1_000 }, (_, j) => letter(i * 1_000 + j)))))
      await store.mark(ids[0]!, 'discarded')
    }
    const read = async (some: readonly number[]): Promise<number> => {
      const startedMs = performance.now()
      const found = await Promise.all(some.map((id) => store.get(id)))
      expect(found.map((one) => one!.id)).toEqual(some)
      return performance.now() - startedMs
    }
    await read(ids) // what was added since is walked through once
    const best = async (some: readonly number[]) => Math.min(...(await inTurn(5, () => read(some)))) / some.length
    const newest = [...ids].reverse()
    const [few, many] = [await best(newest.slice(0, 10)), await best(newest.slice(0, 1_000))]
    const [first, last] = [await best(ids.slice(0, 200)), await best(ids.slice(-200))]
    // Walking the segment made the last ones cost a hundred times the first.
    expect(many / few).toBeLessThan(10)
    expect(last / first).toBeLessThan(10)
    await store.close()
  })

  it('finds every letter after a restart, and those that come after it', async () => {
    const disk = new SimulatedDisk(5)
    const store = await DeadLetterStore.open(disk.folder())
    const ids = await store.add([
      letter(1),
      letter(2, Buffer.alloc(3_000_000, 1)),
      letter(3, Buffer.alloc(3_000_000, 2)),
    ])
    await store.mark(ids[1]!, 'replayed')
    disk.crash()
    const again = await DeadLetterStore.open(disk.restart())
    ids.push(...(await again.add([letter(4), letter(5)])))
    const found = await Promise.all([...ids].reverse().map((id) => again.get(id)))
    expect(found.map((one) => one?.message)).toEqual(['line 5', 'line 4', 'line 3', 'line 2', 'line 1'])
  })
})

async function inTurn(times: number, act: () => Promise<number>): Promise<number[]> {
  const results: number[] = []
  for (let i = 0; i < times; i++) results.push(await act())
  return results
}
