import { readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { defaultLimits, type Ingestor, startIngestor } from '../../ingestor/service.ts'
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts'
import { randomFrom } from '../support/simulated-disk.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

let store: FaultProxy
let ingestor: Ingestor | null = null
beforeEach(async () => {
  store = await startFaultProxy('http://127.0.0.1:9')
})
afterEach(async () => {
  await ingestor?.close()
  await store.close()
})

const start = async (dataDir: string): Promise<void> => {
  ingestor = await startIngestor({
    host: '127.0.0.1',
    port: 0,
    dataDir,
    influx: { url: store.url, token: 'x', org: 'o', bucket: 'plant_raw' },
    operatorToken: 'operator',
    limits: { ...defaultLimits, reportEveryMs: 0 },
    segmentBytes: 1 << 20,
    lateMarksEveryMs: 3_600_000,
    log: () => {},
  })
}
const metrics = async (): Promise<string> =>
  (await fetch(`${ingestor!.url}/metrics`, { headers: { Authorization: 'Token operator' } })).text()
const write = (body: string) =>
  fetch(`${ingestor!.url}/api/v2/write?org=o&bucket=plant_raw`, {
    method: 'POST',
    body,
    headers: { Authorization: 'Token operator' },
  })

it('an ingestor starts whatever byte of its log was turned, loses one record at most, counts it, and delivers no wrong value', async () => {
  const records = 40
  const lineOf = (i: number): string => `m,n=${i} v="${'abc'.repeat(i)}",w=${i}i ${i}`
  const right = new Set(Array.from({ length: records }, (_, i) => lineOf(i)))
  for (let seed = 1; seed <= 12; seed++) {
    const random = randomFrom(seed)
    const folder = await temporaryFolder()
    store.decide = () => ({ kind: 'reset' })
    await start(folder)
    for (let i = 0; i < records; i++) expect((await write(`${lineOf(i)}\n`)).status).toBe(204)
    await ingestor!.close()
    const log = join(folder, 'log')
    const name = (await readdir(log)).find((one) => one.startsWith('segment'))!
    const bytes = await readFile(join(log, name))
    const used = bytes.findLastIndex((byte) => byte !== 0) + 1
    if (seed % 4 === 0) await truncate(join(log, name), used - 1 - Math.floor(random() * 40))
    else {
      const at = Math.floor(random() * used)
      bytes[at] = bytes[at]! ^ (1 << Math.floor(random() * 8))
      await writeFile(join(log, name), bytes)
    }
    const before = store.seen.length
    store.decide = () => ({ kind: 'answer', status: 204 })
    await start(folder)
    expect((await write('after v=1 1\n')).status).toBe(204)
    for (let waited = 0; !/delivery_lag_records 0\n/.test(await metrics()); waited += 10) {
      if (waited > 10_000) throw new Error(`seed ${seed}: not delivered`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    const lines = new Set(
      store.seen
        .slice(before)
        .filter(({ path }) => path.startsWith('/api/v2/write'))
        .flatMap(({ body }) => gunzipSync(body).toString().trimEnd().split('\n')),
    )
    expect([seed, lines.delete('after v=1 1')]).toEqual([seed, true])
    expect([seed, [...lines].filter((line) => !right.has(line))]).toEqual([seed, []])
    expect(lines.size).toBeGreaterThanOrEqual(records - 1)
    const counted = Number(/log_missing_records (\d+)/.exec(await metrics())?.[1])
    // Of a tail that is gone nobody can say whether it was ever there.
    if (lines.size < records && lines.has(lineOf(records - 1))) expect([seed, counted]).toEqual([seed, 1])
    await ingestor!.close()
    ingestor = null
  }
}, 60_000)

it('of 5,000 lines with a bad one 4,999 are stored, and the bad one is a dead letter with line, offset and reason', async () => {
  store.decide = () => ({ kind: 'answer', status: 204 })
  await start(await temporaryFolder())
  const lines = Array.from({ length: 5_000 }, (_, i) => (i === 2_500 ? 'm,n=2500 v= 1' : `m,n=${i} v=${i} ${i}`))
  const offset = Buffer.byteLength(`${lines.slice(0, 2_500).join('\n')}\n`)
  const response = await write(lines.join('\n'))
  const reason = 'missing field value'
  expect([response.status, await response.json()]).toEqual([
    422,
    expect.objectContaining({ good_lines: 4_999, bad_lines: 1, line_errors: [{ line: 2_501, offset, reason }] }),
  ])
  for (let waited = 0; !/delivery_lines_total 4999\n/.test(await metrics()); waited += 10) {
    if (waited > 10_000) throw new Error('not delivered')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  const letters = await fetch(`${ingestor!.url}/api/v1/dead-letters`, { headers: { Authorization: 'Token operator' } })
  expect(await letters.json()).toMatchObject({
    dead_letters: [{ line: 2_501, offset, text: 'm,n=2500 v= 1', reason: 'syntax', message: reason }],
  })
})
