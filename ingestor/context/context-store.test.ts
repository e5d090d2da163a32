import { expect, it } from 'vitest'
import { SimulatedDisk } from '../../test/support/simulated-disk.ts'
import { ContextStore } from './context-store.ts'

const author = { who: 'operator', atNs: 5n }

it('knows after a crash everything that was acknowledged, deletions too', async () => {
  const disk = new SimulatedDisk(7)
  const store = await ContextStore.open(disk.folder())
  await store.put(
    [
      { machine: 'a', fromNs: 1n, toNs: 10n, lot: 'L1' },
      { machine: 'a', fromNs: 5n, toNs: null, lot: 'L2', operator: 'Ada' },
      { machine: 'b', fromNs: 2n ** 62n, toNs: null, product: 'P' },
    ],
    author,
  )
  await store.delete('a', 1n, author)
  expect(await store.delete('a', 1n, author)).toBeNull()
  disk.crash()
  const { book, unfinished } = await ContextStore.open(disk.restart(), 1)
  expect(book.pieces('a')).toEqual([{ fromNs: 5n, toNs: null, values: { lot: 'L2', operator: 'Ada' } }])
  expect(book.at('b', 2n ** 62n)).toEqual({ product: 'P' })
  expect(book.revision).toBe(3)
  expect(unfinished).toEqual([
    {
      ...author,
      sequence: 2,
      operation: { kind: 'delete', machine: 'a', fromNs: 1n },
      changes: [{ machine: 'a', fromNs: 1n, toNs: 5n, before: { lot: 'L1' }, after: null }],
    },
  ])
})

it('says nothing to points that its log could not keep', async () => {
  const disk = new SimulatedDisk(7, { syncError: 1, capacityBytes: Number.POSITIVE_INFINITY })
  const store = await ContextStore.open(disk.folder()).catch(() => null)
  if (store === null) return // not even the log could be made: nothing is known either
  await expect(store.put([{ machine: 'a', fromNs: 1n, toNs: 10n, lot: 'L1' }], author)).rejects.toThrow()
  expect(store.book.machines).toEqual([])
})

it('keeps as many intervals as a plant of thousands of machines has, over many segments', async () => {
  const disk = new SimulatedDisk(7)
  const store = await ContextStore.open(disk.folder())
  const intervals = Array.from({ length: 5_000 }, (_, i) => ({
    machine: `machine ${i % 100}`,
    fromNs: BigInt(i),
    toNs: BigInt(i + 1),
    lot: `L${i} ${'x'.repeat(200)}`,
  }))
  for (let i = 0; i < 12; i++) await store.put(intervals, author)
  expect(store.log.bytesOnDisk).toBeGreaterThan(12 << 20)
  disk.crash()
  const { book } = await ContextStore.open(disk.restart())
  expect(book.revision).toBe(60_000)
})

it('names what is too much at once, and takes nothing of it', async () => {
  const store = await ContextStore.open(new SimulatedDisk(7).folder())
  const intervals = Array.from({ length: 40_000 }, (_, i) => ({
    machine: 'm',
    fromNs: BigInt(i),
    toNs: BigInt(i + 1),
    lot: `L${i} ${'x'.repeat(100)}`,
  }))
  await expect(store.put(intervals, author)).rejects.toThrow(/send them in several requests/)
  expect(store.book.machines).toEqual([])
})
