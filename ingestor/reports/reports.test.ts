import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeBuckets } from '../../cli/up/make-buckets.ts'
import { decodeCsv } from '../../lib/annotated-csv/decode.ts'
import type { CsvCell } from '../../lib/annotated-csv/table.ts'
import type { Store } from '../../store/service.ts'
import { type Fault, type FaultProxy, type SeenRequest, startFaultProxy } from '../../test/support/fault-proxy.ts'
import { startTestStore } from '../../test/support/store.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { Senders } from '../intake/senders.ts'
import { defaultLimits, type Ingestor, startIngestor } from '../service.ts'
import { type Counts, pipelinePoints } from './points.ts'

const org = 'plantwatch'
const token = 'reports-test-token'
const everyMs = 150
const patient = { timeout: 15_000, interval: 50 }

/** A real ingestor in front of a real store, with a network between them that can be cut. */
describe('reports of a running ingestor', () => {
  let store: Store
  let proxy: FaultProxy
  let ingestor: Ingestor
  let said: string[]

  beforeEach(async () => {
    store = await startTestStore({ bootstrap: { org, bucket: 'plant_raw', token } })
    proxy = await startFaultProxy(store.url)
    said = []
  })
  afterEach(async () => {
    await ingestor?.close()
    await proxy.close()
    await store.close()
  })

  const start = async (withBuckets = true): Promise<void> => {
    if (withBuckets) await makeBuckets({ url: store.url, token, org, bucket: 'plant_raw' })
    ingestor = await startIngestor({
      host: '127.0.0.1',
      port: 0,
      dataDir: await temporaryFolder(),
      influx: { url: proxy.url, token, org, bucket: 'plant_raw' },
      operatorToken: 'operator',
      limits: { ...defaultLimits, reportEveryMs: everyMs },
      segmentBytes: 4 << 20,
      log: (line) => said.push(line),
    })
  }
  const write = async (body: string, as = 'operator'): Promise<number> => {
    const response = await fetch(`${ingestor.url}/api/v2/write?org=${org}&bucket=plant_raw&precision=ms`, {
      method: 'POST',
      headers: { Authorization: `Token ${as}` },
      body,
    })
    await response.text()
    return response.status
  }
  const makeToken = async (name: string): Promise<string> => {
    const response = await fetch(`${ingestor.url}/api/v1/tokens`, {
      method: 'POST',
      headers: { Authorization: 'Token operator', 'Content-Type': 'application/json' },
      body: JSON.stringify({ name }),
    })
    return ((await response.json()) as { token: string }).token
  }
  /** Rows of a query on the derived bucket, straight from the store. */
  const rows = async (pipeline: string, bucket = 'plant_derived'): Promise<Record<string, CsvCell>[]> => {
    const response = await fetch(`${store.url}/api/v2/query?org=${org}`, {
      method: 'POST',
      headers: { Authorization: `Token ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({
        query: `from(bucket: "${bucket}") |> range(start: -1h, stop: 1h) |> ${pipeline}`,
        dialect: { annotations: ['datatype', 'group', 'default'] },
      }),
    })
    const text = await response.text()
    if (response.status !== 200) throw new Error(text)
    return [...decodeCsv(text)].flatMap(({ columns, length }) =>
      Array.from({ length }, (_, row) => Object.fromEntries(columns.map((column) => [column.label, column.at(row)]))),
    )
  }
  const metric = async (name: string): Promise<number> => {
    const response = await fetch(`${ingestor.url}/metrics`, { headers: { Authorization: 'Token operator' } })
    const match = new RegExp(`^plantwatch_ingestor_${name} (.+)$`, 'm').exec(await response.text())
    return Number(match?.[1] ?? Number.NaN)
  }
  const sumOf = async (measurement: string, field: string, more = ''): Promise<number> => {
    const found = await rows(
      `filter(fn: (r) => r._measurement == "${measurement}" and r._field == "${field}"${more}) |> group() |> sum()`,
    )
    return Number(found[0]?.['_value'] ?? 0)
  }
  const writesAreCut = (request: SeenRequest): Fault =>
    request.path.startsWith('/api/v2/') ? { kind: 'reset' } : { kind: 'pass' }

  it('come to the store like any point: lines, dead letters by reason, senders, and a canary that is read back', async () => {
    await start()
    const press = await makeToken('press 1')
    const nowMs = Date.now()
    expect(await write(`m,t=a v=1 ${nowMs}\nm,t=b v=2 ${nowMs}`, press)).toBe(204)
    expect(await write(`m,t=a v=3 ${nowMs + 1}\nno line protocol\nm,t=a v="text" ${nowMs}`, press)).toBe(422)

    await expect.poll(() => sumOf('pipeline', 'lines'), patient).toBe(3)
    await expect.poll(() => sumOf('pipeline', 'dropped', ' and r.reason == "syntax"'), patient).toBe(1)
    expect(await sumOf('pipeline', 'dropped', ' and r.reason == "field type"')).toBe(1)
    expect(await sumOf('sender', 'lines', ' and r.sender == "press 1"')).toBe(3)
    expect(await sumOf('sender', 'bad', ' and r.sender == "press 1"')).toBe(2)
    const [series] = await rows('filter(fn: (r) => r._measurement == "sender" and r._field == "series") |> last()')
    expect(series).toMatchObject({ _value: 2n, sender: 'press 1' })
    const [seen] = await rows('filter(fn: (r) => r._measurement == "sender" and r._field == "last_seen_ns") |> last()')
    expect(Number(seen!['_value'] as bigint) / 1e6).toBeGreaterThanOrEqual(nowMs)
    expect(Number(seen!['_value'] as bigint) / 1e6).toBeLessThanOrEqual(Date.now())
    const canaries = await rows('filter(fn: (r) => r._measurement == "canary" and r._field == "sent_ns")')
    for (const { _time, _value } of canaries) expect(_value).toBe(_time)
    await expect
      .poll(
        async () => (await rows('filter(fn: (r) => r._measurement == "canary" and r._field == "age_s")')).length,
        patient,
      )
      .toBeGreaterThan(0)
    expect(await metric('canary_age_seconds')).toBeLessThan(10)
    expect(said).toEqual([])
  }, 30_000)

  it('tell a sender whose clock is two minutes wrong, either way, and nothing where lines have no time', async () => {
    await start()
    const [late, early, none] = [await makeToken('late'), await makeToken('early'), await makeToken('none')]
    for (let i = 0; i < 3; i++) {
      // The newest reading counts: a request may bring older ones.
      await write(`m v=${i} ${Date.now() - 400_000}\nm v=${i} ${Date.now() - 120_000}`, late)
      await write(`m v=${i} ${Date.now() + 120_000}`, early)
      await write(`m v=${i}`, none)
    }
    const offsetOf = async (sender: string): Promise<CsvCell | undefined> =>
      (
        await rows(
          `filter(fn: (r) => r._measurement == "sender" and r._field == "clock_offset_s" and r.sender == "${sender}") |> last()`,
        )
      )[0]?.['_value']
    await expect.poll(() => offsetOf('late'), patient).toBeTypeOf('number')
    await expect.poll(() => sumOf('sender', 'lines', ' and r.sender == "none"'), patient).toBe(3)
    expect(Math.abs(Number(await offsetOf('late')) - 120)).toBeLessThan(2)
    expect(Math.abs(Number(await offsetOf('early')) + 120)).toBeLessThan(2)
    expect(await offsetOf('none')).toBeUndefined()
  }, 30_000)

  it('stop while the store is away, so that they fill no log, while the canary’s age grows; what was counted comes later', async () => {
    await start()
    await expect
      .poll(() => rows('filter(fn: (r) => r._measurement == "canary")').then(({ length }) => length), patient)
      .toBeGreaterThan(1)
    proxy.decide = writesAreCut
    expect(await write(`m v=1 ${Date.now()}`)).toBe(204)
    await new Promise((resolve) => setTimeout(resolve, 2 * everyMs))
    const waiting = await metric('delivery_lag_records')
    const age = await metric('canary_age_seconds')
    await new Promise((resolve) => setTimeout(resolve, 10 * everyMs))
    expect(await metric('delivery_lag_records')).toBe(waiting)
    expect(waiting).toBeLessThanOrEqual(8)
    expect(await metric('canary_age_seconds')).toBeGreaterThan(age + 1)
    expect(await metric('delivery_lag_seconds')).toBeGreaterThan(1)
    expect(await metric('delivery_waiting_bytes')).toBeGreaterThan(0)

    proxy.decide = () => ({ kind: 'pass' })
    await expect.poll(() => sumOf('pipeline', 'lines'), patient).toBe(1)
    await expect.poll(() => metric('canary_age_seconds'), patient).toBeLessThan(1)
    const [oldest] = await rows(
      'filter(fn: (r) => r._measurement == "canary" and r._field == "age_s") |> group() |> max()',
    )
    expect(oldest!['_value']).toBeGreaterThan(1)
    const [longest] = await rows('filter(fn: (r) => r._measurement == "pipeline" and r._field == "lag_s") |> max()')
    expect(longest!['_value']).toBeGreaterThan(1)
    await expect.poll(() => metric('delivery_lag_records'), patient).toBeLessThanOrEqual(1)
  }, 30_000)

  it('never hold up a reading where their bucket is missing: they are left out, and it is said once', async () => {
    await start(false)
    await expect.poll(() => said.length, patient).toBeGreaterThan(0)
    expect(await write(`m v=1 ${Date.now()}`)).toBe(204)
    await expect.poll(async () => (await rows('count()', 'plant_raw')).length, patient).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 4 * everyMs))
    expect(said.length).toBe(1)
    expect(said[0]).toContain('plant_derived')
    expect(await metric('delivery_trouble')).toBe(0)
    expect(await metric('delivery_lag_records')).toBe(0)
    expect(await metric('canary_age_seconds')).toBeGreaterThan(0.5)

    await makeBuckets({ url: store.url, token, org, bucket: 'plant_raw' })
    await expect.poll(() => sumOf('pipeline', 'lines'), patient).toBe(1)
  }, 30_000)
})

describe('what a report says', () => {
  const nothing: Counts = {
    lines: 0,
    quarantined: 0,
    unavailable: 0,
    dropped: new Map(),
    waiting: new Map(),
  }
  const gauges = { lagSeconds: 0, bufferBytes: 0 }
  const reasonsOf = (before: Counts, now: Counts) =>
    pipelinePoints(before, now, gauges, 10, 1n).flatMap(({ tags, fields }) =>
      tags['reason'] === undefined ? [] : [[tags['reason'], fields['dropped'], fields['waiting']]],
    )

  it('is the difference to the report before; a reason is told of while it counts, and once more when it is over', () => {
    const first = { ...nothing, lines: 50, dropped: new Map([['syntax', 3]]), waiting: new Map([['syntax', 3]]) }
    const second = { ...nothing, lines: 70, dropped: new Map([['syntax', 3]]) }
    expect(pipelinePoints(nothing, first, gauges, 10, 1n)[0]!.fields).toMatchObject({ lines: 50n, rate: 5 })
    expect(pipelinePoints(first, second, gauges, 10, 1n)[0]!.fields).toMatchObject({ lines: 20n, rate: 2 })
    expect(reasonsOf(nothing, first)).toEqual([['syntax', 3n, 3n]])
    expect(reasonsOf(first, second)).toEqual([['syntax', 0n, 0n]])
    expect(reasonsOf(second, second)).toEqual([])
  })

  it('tells two hundred senders apart, and all others as one', () => {
    const senders = new Senders()
    for (let i = 0; i < 10_000; i++) senders.of(`token-${i}`).note(1, 0, 1n, 0)
    expect(senders.all.size).toBe(201)
    expect(senders.all.get('token-0')!.lines).toBe(1)
    expect(senders.all.get('other')!.lines).toBe(9_800)
  })

  it('is a sender’s clock offset by the median, so that a request of old readings does not move it', () => {
    const traffic = new Senders().of('t')
    const arrivalNs = 1_700_000_000_000_000_000n
    for (const behind of [0, 0, 0, 86_400, 0]) traffic.note(1, 0, arrivalNs, 1_700_000_000 - behind)
    expect(traffic.takeClockOffset()).toBe(-0.5)
    expect(traffic.takeClockOffset()).toBeNaN()
  })
})
