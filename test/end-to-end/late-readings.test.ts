import { join } from 'node:path'
import { flux } from '@influxdata/influxdb-client'
import { expect, onTestFinished, test } from 'vitest'
import { startAnalytics } from '../../analytics/service.ts'
import { makeBuckets } from '../../cli/up/make-buckets.ts'
import { startIngestor } from '../../ingestor/service.ts'
import { InfluxClient } from '../../lib/influx/client.ts'
import { settled } from '../support/stack.ts'
import { startTestStore } from '../support/store.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const org = 'plantwatch'
const token = 'late-readings-test-token'
const hourNs = 3_600_000_000_000n
const patient = { timeout: 15_000, interval: 100 }

/** A real store, analytics that run when they are asked, and an ingestor that is started again with another haste. */
async function plant() {
  const store = await startTestStore({ bootstrap: { org, bucket: 'plant_raw', token } })
  onTestFinished(() => store.close())
  const influx = { url: store.url, token, org, bucket: 'plant_raw' }
  await makeBuckets(influx)
  const client = new InfluxClient(influx)
  onTestFinished(() => client.close())
  const analytics = await startAnalytics({
    host: '127.0.0.1',
    port: 0,
    dataDir: join(await temporaryFolder(), 'analytics'),
    influx,
    scheduled: false,
  })
  onTestFinished(() => analytics.close())
  const run = async (): Promise<{ outcome: string; windows: number }> => {
    const response = await fetch(`${analytics.url}/api/v1/jobs/moments/runs`, {
      method: 'POST',
      headers: { Authorization: `Token ${token}`, 'Content-Type': 'application/json' },
      body: '{}',
    })
    return (await response.json()) as { outcome: string; windows: number }
  }
  const ingestorDir = join(await temporaryFolder(), 'ingestor')
  const ingestor = async (lateMarksEveryMs: number) => {
    const started = await startIngestor({
      host: '127.0.0.1',
      port: 0,
      dataDir: ingestorDir,
      influx,
      operatorToken: 'operator',
      segmentBytes: 1 << 20,
      lateMarksEveryMs,
      log: () => {},
    })
    onTestFinished(() => started.close())
    return {
      ...started,
      async send(lines: readonly string[]) {
        const response = await fetch(`${started.url}/api/v2/write?org=${org}&bucket=plant_raw`, {
          method: 'POST',
          headers: { Authorization: 'Token operator' },
          body: lines.join('\n'),
        })
        expect([response.status, await response.text()]).toEqual([204, ''])
        await settled({ url: started.url, token: 'operator' })
      },
    }
  }
  const read = async (measurement: string, field: string) => {
    const tables = await client.query(flux`from(bucket: "plant_derived") |> range(start: 0)
  |> filter(fn: (r) => r._measurement == ${measurement} and r._field == ${field}) |> group() |> sort(columns: ["_time"])`)
    return tables.flatMap(({ columns }) => [...(columns.find(({ label }) => label === '_value')?.cells ?? [])])
  }
  return { run, ingestor, read }
}

test('moments of hours whose values were overwritten are right again, though no count has changed, also across a restart of the ingestor', async () => {
  const { run, ingestor, read } = await plant()
  const first = (BigInt(Date.now()) * 1_000_000n) / hourNs - 5n
  const line = (hour: bigint, minute: bigint, value: number) =>
    `temperature,site=hill,machine=press,sensor=oil value=${value} ${(first + hour) * hourNs + minute * 60_000_000_000n}`
  // Nobody marks anything for now.
  const slow = await ingestor(3_600_000)
  await slow.send([line(0n, 1n, 10), line(0n, 2n, 20), line(1n, 1n, 30), line(3n, 1n, 40)])
  expect(await run()).toMatchObject({ outcome: 'ok', windows: 3 })
  expect(await read('moments', 'mean')).toEqual([15, 30, 40])

  await slow.send([line(0n, 2n, 40), line(3n, 1n, 1)])
  // As many values as before: without a mark nobody notices.
  expect(await run()).toMatchObject({ outcome: 'ok', windows: 0 })
  expect(await read('moments', 'mean')).toEqual([15, 30, 40])
  await slow.close()

  const hasty = await ingestor(100)
  await expect.poll(() => read('late_arrival', 'points'), patient).toHaveLength(2)
  // The second hour has late readings too, of before the first run, and ran then: it stands in one stretch with the first.
  expect(await run()).toMatchObject({ outcome: 'ok', windows: 3 })
  expect(await read('moments', 'mean')).toEqual([25, 30, 1])
  expect(await run()).toMatchObject({ outcome: 'ok', windows: 0 })

  await hasty.send([line(1n, 1n, 7)])
  await expect.poll(() => read('late_arrival', 'points'), patient).toHaveLength(3)
  expect(await run()).toMatchObject({ outcome: 'ok', windows: 1 })
  expect(await read('moments', 'mean')).toEqual([25, 7, 1])
}, 60_000)
