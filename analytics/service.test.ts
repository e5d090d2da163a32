import { join } from 'node:path'
import { flux } from '@influxdata/influxdb-client'
import { describe, expect, onTestFinished, test } from 'vitest'
import { InfluxClient } from '../lib/influx/client.ts'
import { buckets } from '../lib/schema/buckets.ts'
import { universe } from '../store/flux/universe/index.ts'
import { startStore } from '../store/service.ts'
import { FakeClock } from '../test/support/fake-clock.ts'
import { temporaryFolder } from '../test/support/temporary-folder.ts'
import { startAnalytics } from './service.ts'

const token = 'token-of-this-test'
const org = 'plantwatch'
const hourNs = 3_600_000_000_000n
const hourOf = (hour: number): bigint => 1_767_225_600_000_000_000n + BigInt(hour) * hourNs

async function store() {
  const started = await startStore({
    host: '127.0.0.1',
    port: 0,
    dataDir: join(await temporaryFolder(), 'store'),
    bootstrap: { org, bucket: buckets.raw.name, token },
  })
  onTestFinished(() => started.close())
  return started
}

async function makeDerived(url: string): Promise<void> {
  const headers = { Authorization: `Token ${token}`, 'Content-Type': 'application/json' }
  const { orgs } = (await (await fetch(`${url}/api/v2/orgs`, { headers })).json()) as { orgs: { id: string }[] }
  const body = JSON.stringify({ orgID: orgs[0]!.id, name: buckets.derived.name, retentionRules: [] })
  expect((await fetch(`${url}/api/v2/buckets`, { method: 'POST', headers, body })).status).toBe(201)
}

/** A store with both buckets, analytics on it, and a clock that stands at half past ten. */
async function bench(options: { readonly derived?: boolean } = {}) {
  const { url } = await store()
  if (options.derived !== false) await makeDerived(url)
  const influx = { url, token, org, bucket: buckets.raw.name }
  const client = new InfluxClient(influx)
  onTestFinished(() => client.close())
  const log: string[] = []
  const dataDir = join(await temporaryFolder(), 'analytics')
  const start = async () => {
    const analytics = await startAnalytics({
      host: '127.0.0.1',
      port: 0,
      dataDir,
      influx,
      clock: new ClockWithoutRest(hourOf(10) + hourNs / 2n),
      // The schedule goes by the real clock, and would take windows away from under a test.
      scheduled: false,
      log: (line) => log.push(line),
    })
    onTestFinished(() => analytics.close())
    return analytics
  }
  const analytics = await start()
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(analytics.url + path, {
      ...init,
      headers: { Authorization: `Token ${token}`, 'Content-Type': 'application/json', ...init.headers },
    })
  const run = async (range: { from?: string; to?: string } = {}) =>
    (await (await ask('/api/v1/jobs/moments/runs', { method: 'POST', body: JSON.stringify(range) })).json()) as Record<
      string,
      unknown
    >
  const read = async (field: string): Promise<[string, bigint, unknown][]> => {
    const tables = await client.query(flux`from(bucket: ${buckets.derived.name})
  |> range(start: 0) |> filter(fn: (r) => r._measurement == "moments" and r._field == ${field})`)
    return tables
      .flatMap((table) => {
        const at = (label: string, row: number) => table.columns.find((one) => one.label === label)?.cells[row]
        return Array.from(
          { length: table.length },
          (_, row) =>
            [`${at('machine', row)}/${at('sensor', row)}`, at('_time', row), at('_value', row)] as [
              string,
              bigint,
              unknown,
            ],
        )
      })
      .sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : Number(a[1] - b[1])))
  }
  const write = (machine: string, lot: string, timeNs: bigint, value: number, sensor = 'oil') =>
    client.write(buckets.raw.name, [
      { measurement: 'temperature', tags: { site: 'hill', machine, sensor, lot }, fields: { value }, timeNs },
    ])
  return { client, ask, run, read, write, log, url }
}

/** Time stands, and nobody waits for it. */
class ClockWithoutRest extends FakeClock {
  override async sleep(): Promise<void> {}
}

/** What the job's queries need of the embedded store's Flux. */
const fluxIsThere = ['aggregateWindow', 'group', 'sum', 'keep', 'toFloat'].every((name) =>
  universe.some((builtin) => builtin.name === name),
)

describe('the analytics on the embedded store', () => {
  test('answers only to those who may ask, in the error shape of all parts', async () => {
    const { ask } = await bench()
    const refused = await ask('/api/v1/jobs', { headers: { Authorization: 'Token wrong' } })
    expect([refused.status, await refused.json()]).toEqual([
      401,
      { code: 'unauthorized', message: 'unauthorized access' },
    ])
    const unknown = await ask('/api/v1/jobs/nothing/runs', { method: 'POST', body: '{}' })
    expect([unknown.status, ((await unknown.json()) as { message: string }).message]).toEqual([
      404,
      'no job "nothing"; there are: moments',
    ])
    for (const body of ['{"from":"2026-01-01T00:00:00Z"}', '{"from":"yesterday","to":"today"}', '{', '{"from":5}'])
      expect([(await ask('/api/v1/jobs/moments/runs', { method: 'POST', body })).status, body]).toEqual([400, body])
    expect((await ask('/health', { headers: {} })).status).toBe(200)
    expect((await ask('/ready', { headers: {} })).status).toBe(200)
    const described = (await (await ask('/api/v1/openapi.json')).json()) as { paths: object }
    expect(Object.keys(described.paths).sort()).toEqual(['/api/v1/jobs', '/api/v1/jobs/{name}/runs'])
    const { jobs } = (await (await ask('/api/v1/jobs')).json()) as { jobs: { name: string }[] }
    expect(jobs.map(({ name }) => name)).toEqual(['moments'])
  })

  describe.skipIf(!fluxIsThere)('moments', () => {
    test('every ended hour is summed up across lots; the hour at hand and a machine’s state are not', async () => {
      const { write, run, read } = await bench()
      await write('press', 'L1', hourOf(8), 1)
      await write('press', 'L2', hourOf(8) + 60_000_000_000n, 4)
      await write('press', 'L2', hourOf(10), 9)
      await write('saw', '', hourOf(3), 5)
      await write('saw', '', hourOf(3), 1, 'state')
      expect(await run()).toMatchObject({ job: 'moments', outcome: 'ok', windows: 2, rows: 3, points: 2 })
      expect(await read('mean')).toEqual([
        ['press/oil', hourOf(8), 2.5],
        ['saw/oil', hourOf(3), 5],
      ])
      expect(await read('count')).toEqual([
        ['press/oil', hourOf(8), 2n],
        ['saw/oil', hourOf(3), 1n],
      ])
    })

    test('a second run finds nothing to do; a late point makes its hour, and no other, run again', async () => {
      const { write, run, read } = await bench()
      await write('press', 'L1', hourOf(8), 1)
      await write('press', 'L1', hourOf(7), 1)
      await run()
      expect(await run()).toMatchObject({ windows: 0, points: 0, outcome: 'ok' })
      await write('press', 'L1', hourOf(7) + 1n, 2)
      expect(await run()).toMatchObject({ windows: 1, points: 1, outcome: 'ok' })
      expect(await read('max')).toEqual([
        ['press/oil', hourOf(7), 2],
        ['press/oil', hourOf(8), 1],
      ])
    })

    test('a range runs again whatever was there, and points of signals that are gone go', async () => {
      const { write, run, read, client } = await bench()
      await write('press', 'L1', hourOf(8), 1)
      await write('saw', 'L1', hourOf(8), 1)
      await run()
      await client.delete(buckets.raw.name, hourOf(8), hourOf(9), '_measurement="temperature" AND machine="saw"')
      await write('press', 'L1', hourOf(8), 3)
      expect(await run()).toMatchObject({ windows: 0 })
      expect(await run({ from: '2026-01-01T08:10:00Z', to: '2026-01-01T08:20:00Z' })).toMatchObject({ windows: 1 })
      expect(await read('mean')).toEqual([['press/oil', hourOf(8), 3]])
    })

    test('late_arrival names windows that run again though they have as many values as before', async () => {
      const { write, run, read, client } = await bench()
      await write('press', 'L1', hourOf(8), 1)
      await run()
      await write('press', 'L1', hourOf(8), 6)
      const fields = { from_ns: hourOf(8), to_ns: hourOf(8) + 1n, points: 1n }
      await client.write(buckets.derived.name, [
        { measurement: 'late_arrival', tags: { machine: 'press' }, fields, timeNs: hourOf(11) },
      ])
      expect(await run()).toMatchObject({ windows: 1 })
      expect(await read('mean')).toEqual([['press/oil', hourOf(8), 6]])
      expect(await run()).toMatchObject({ windows: 0 })
    })

    test('while its bucket is missing the job waits and says why, and goes on when it is there', async () => {
      const { write, run, ask, read, url } = await bench({ derived: false })
      await write('press', 'L1', hourOf(8), 1)
      expect(await run()).toMatchObject({ code: 'unavailable', message: expect.stringContaining('plant_derived') })
      const { jobs } = (await (await ask('/api/v1/jobs')).json()) as { jobs: { status: string }[] }
      expect(jobs[0]!.status).toBe('waiting')
      await makeDerived(url)
      expect(await run()).toMatchObject({ outcome: 'ok', windows: 1 })
      expect(await read('count')).toHaveLength(1)
    })

    test('every run leaves a job_run point', async () => {
      const { run, client } = await bench()
      await run()
      const tables = await client.query(flux`from(bucket: ${buckets.derived.name})
  |> range(start: 0) |> filter(fn: (r) => r._measurement == "job_run" and r._field == "outcome")`)
      expect(tables[0]!.columns.find(({ label }) => label === '_value')!.cells).toContain('ok')
    })
  })
})

test('without a store the service starts, waits and ends', async () => {
  const log: string[] = []
  const analytics = await startAnalytics({
    host: '127.0.0.1',
    port: 0,
    dataDir: join(await temporaryFolder(), 'analytics'),
    influx: { url: 'http://127.0.0.1:9', token, org, bucket: 'plant_raw' },
    log: (line) => log.push(line),
  })
  expect((await fetch(`${analytics.url}/health`)).status).toBe(200)
  await analytics.close()
})
