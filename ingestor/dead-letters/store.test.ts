import { describe, expect, it } from 'vitest'
import { SimulatedDisk } from '../../test/support/simulated-disk.ts'
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
})
