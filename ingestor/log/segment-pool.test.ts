import { describe, expect, it } from 'vitest'
import { SimulatedDisk } from '../../test/support/simulated-disk.ts'
import { recordTypes } from './record.ts'
import { recoverSegments } from './recover-segments.ts'
import { SegmentPool } from './segment-pool.ts'

const open = (sparesMax: number) => {
  const faults = { syncError: 0, folderSyncError: 0, capacityBytes: Number.POSITIVE_INFINITY }
  const folder = new SimulatedDisk(3, faults).folder()
  return { faults, folder, pool: new SegmentPool(folder, 8192, sparesMax) }
}

describe('segment files on a disk whose folder cannot be synced for a time', () => {
  it('leave no file behind for each try to make one', async () => {
    const { faults, folder, pool } = open(1)
    faults.folderSyncError = 1
    for (let i = 1; i <= 5; i++) await expect(pool.next(i)).rejects.toThrow('EIO')
    expect(await folder.list()).toEqual([])
    faults.folderSyncError = 0
    const { name } = await pool.next(6)
    expect(await folder.list()).toEqual([name])
  })

  it('never stand for each other, however often one is made anew from the same records', async () => {
    const { faults, folder, pool } = open(0)
    const span = { fromSegment: 1, toSegment: 1, firstSequence: 1, lastSequence: 5 }
    const rewrite = () =>
      pool.rewrite(span, (file) => file.add(recordTypes.data, 3, Buffer.from('must be kept')).then(() => {}))
    faults.folderSyncError = 1
    await expect(rewrite()).rejects.toThrow('EIO')
    faults.folderSyncError = 0
    await rewrite()
    // As after a crash in between, where nobody could remove the first one.
    await rewrite()
    const { segments, superseded } = await recoverSegments(folder, await folder.list())
    expect([segments.length, superseded.length]).toEqual([1, 1])
  })

  it('are removed later, with the next one', async () => {
    const { faults, folder, pool } = open(1)
    const [first, second, third] = [await pool.next(1), await pool.next(2), await pool.next(3)]
    faults.folderSyncError = 1
    await pool.recycle(first)
    await pool.recycle(second)
    faults.folderSyncError = 0
    await pool.recycle(third)
    expect([(await folder.list()).length, pool.spares]).toEqual([1, 1])
  })
})
