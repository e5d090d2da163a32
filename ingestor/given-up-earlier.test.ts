import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeTemporaryFolder, removeFolder } from '../test/support/temporary-folder.ts'
import { openDiskFolder } from './log/disk.ts'
import { SegmentPool } from './log/segment-pool.ts'
import { type Ingestor, startIngestor } from './service.ts'

const segmentBytes = 1 << 20

let folder: string
let said: string[]
let ingestor: Ingestor | null = null
beforeEach(async () => {
  folder = await makeTemporaryFolder()
})
afterEach(async () => {
  await ingestor?.close()
  await removeFolder(folder)
})

async function start(): Promise<void> {
  said = []
  ingestor = await startIngestor({
    host: '127.0.0.1',
    port: 0,
    dataDir: folder,
    influx: { url: 'http://127.0.0.1:9', token: 'operator', org: 'plantwatch', bucket: 'plant_raw' },
    operatorToken: 'operator',
    segmentBytes,
    log: (line) => said.push(line),
  })
}
async function dropped(): Promise<string | undefined> {
  const response = await fetch(`${ingestor!.url}/metrics`, { headers: { Authorization: 'Token operator' } })
  return /^plantwatch_ingestor_lines_dropped_total.*$/m.exec(await response.text())?.[0]
}

it('what the quota took in the moment in which the process ended is counted at the next start, once', async () => {
  const pool = new SegmentPool(await openDiskFolder(join(folder, 'log')), segmentBytes, 0)
  const old = await pool.next(1)
  const span = { fromSegment: 1, toSegment: 1, firstSequence: 1, lastSequence: 5 }
  const rewritten = await pool.rewrite({ ...span, lost: { plant_raw: 7 } }, async () => {})
  for (const { file } of [old, rewritten]) await file.close()
  await start()
  expect(await dropped()).toBe('plantwatch_ingestor_lines_dropped_total{bucket="plant_raw"} 7')
  expect(said).toContainEqual(expect.stringMatching(/quota took 7 lines of bucket plant_raw right before/))
  await ingestor!.close()
  await start()
  expect(await dropped()).toBe(undefined)
  expect(said).not.toContainEqual(expect.stringMatching(/quota took/))
})
