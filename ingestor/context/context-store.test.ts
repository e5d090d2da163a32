import { expect, it } from 'vitest'
import { SimulatedDisk } from '../../test/support/simulated-disk.ts'
import { ContextStore } from './context-store.ts'

it('knows after a crash everything that was acknowledged, deletions too', async () => {
  const disk = new SimulatedDisk(7)
  const store = await ContextStore.open(disk.folder())
  await store.put([
    { machine: 'a', fromNs: 1n, toNs: 10n, lot: 'L1' },
    { machine: 'a', fromNs: 5n, toNs: null, lot: 'L2', operator: 'Ada' },
    { machine: 'b', fromNs: 2n ** 62n, toNs: null, product: 'P' },
  ])
  await store.delete('a', 1n)
  expect(await store.delete('a', 1n)).toBeNull()
  disk.crash()
  const { book } = await ContextStore.open(disk.restart())
  expect(book.pieces('a')).toEqual([{ fromNs: 5n, toNs: null, values: { lot: 'L2', operator: 'Ada' } }])
  expect(book.at('b', 2n ** 62n)).toEqual({ product: 'P' })
  expect(book.revision).toBe(3)
})
