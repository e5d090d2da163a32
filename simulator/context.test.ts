import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type Clock, systemClock } from '../lib/clock.ts'
import { defaultPlant } from '../lib/plant/default-plant.ts'
import { operator, type StartedPair, startPair } from '../test/support/ingestor.ts'
import { demoPlant } from './demo-plant.ts'
import { machineLife } from './life/machine-life.ts'
import { machineProfiles } from './life/machine-profile.ts'
import { startSimulator } from './service.ts'

const hourMs = 3_600_000
const startMs = Date.parse('2026-11-24T14:30:00Z')
const plant = defaultPlant()
const seed = 7

/** A real ingestor with a real store, behind one address that also answers queries, as the gateway does. */
async function plantwatch(): Promise<{ readonly pair: StartedPair; readonly url: string }> {
  const pair = await startPair()
  onTestFinished(() => pair.close())
  await pair.bucket('plant_derived')
  const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const isQuery = request.url!.startsWith('/api/v2/query')
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const headers = new Headers(Object.entries(request.headers) as [string, string][])
    for (const name of ['host', 'connection', 'content-length', 'transfer-encoding']) headers.delete(name)
    if (isQuery) headers.set('authorization', 'Token test-store-token')
    const answer = await fetch((isQuery ? pair.store.url : pair.url) + request.url!, {
      method: request.method!,
      headers,
      ...(request.method === 'POST' ? { body: Buffer.concat(parts) } : {}),
    })
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' })
    response.end(await answer.text())
  }
  const server = createServer((request, response) => void forward(request, response))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { pair, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** Runs the demo plant until `atMs`, from when its history and its live readings up to then are acknowledged. */
async function simulate(url: string, atMs: number, token = operator): Promise<void> {
  const stop = new AbortController()
  const clock: Clock = {
    nowNs: () => BigInt(atMs) * 1_000_000n,
    monotonicMs: systemClock.monotonicMs,
    sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 20), signal),
  }
  await startSimulator({
    ...{ url, token, org: 'plantwatch', bucket: 'plant_raw', plant, seed, clock },
    historyDays: 0.5,
    liveEveryMs: 5_000,
    signal: stop.signal,
    onProgress: ({ phase }) => phase === 'live' && stop.abort(new Error('enough')),
  })
}

interface Audit {
  readonly audit: readonly { readonly points: number; readonly machine: string }[]
  readonly waiting: number
}
const get = async <T>({ url }: StartedPair, path: string): Promise<T> =>
  (await (await fetch(url + path, { headers: { Authorization: `Token ${operator}` } })).json()) as T
const corrected = (pair: StartedPair): Promise<Audit> =>
  expect
    .poll(() => get<Audit>(pair, '/api/v1/context/audit?limit=1000'), { timeout: 20_000 })
    .toMatchObject({ waiting: 0 })
    .then(() => get<Audit>(pair, '/api/v1/context/audit?limit=1000'))

const readings = (field: string): string => `from(bucket: "plant_raw")
  |> range(start: 0, stop: 2027-01-01T00:00:00Z)
  |> filter(fn: (r) => exists r.machine and r._field == "${field}")
  |> keep(columns: ["_time", "_measurement", "machine", "sensor", "lot", "product", "operator", "order"]) |> group()
  |> map(fn: (r) => ({r with key: string(v: uint(v: r._time))}))`

test('every point gets exactly the lot, product, operator and order that the plant’s own model has at its time', async () => {
  const { pair, url } = await plantwatch()
  await simulate(url, startMs)
  expect((await corrected(pair)).audit.every(({ points }) => points === 0)).toBe(true)
  const lives = new Map(machineProfiles(plant.sites, seed).map((own) => [own.machine.id, machineLife(own)]))
  let joined = 0
  for (const field of ['value', 'good', 'active_power']) {
    const rows = await pair.query(readings(field))
    expect(rows.length).toBeGreaterThan(10)
    for (const row of rows) {
      const ms = Number(BigInt(row['key']!) / 1_000_000n)
      // Pieces were made in the minute before.
      const { manned, lot } = lives.get(row['machine']!)!.at(field === 'good' ? ms - 30_000 : ms)
      const expected = manned === null ? ['', '', '', ''] : [lot.name, lot.product, manned.operator, lot.order]
      const found = ['lot', 'product', 'operator', 'order'].map((tag) => row[tag] ?? '')
      if (found.join() !== expected.join()) expect({ ...row, found }).toEqual({ ...row, found: expected })
      if (manned !== null) joined++
    }
  }
  expect(joined).toBeGreaterThan(5_000)
})

test('who ends a lot early or removes an interval is not overruled by a second start, and the points follow', async () => {
  const { pair, url } = await plantwatch()
  await simulate(url, startMs)
  await corrected(pair)
  const own = demoPlant(plant, seed)
    .contextIntervals(startMs - 9 * hourMs, startMs - hourMs)
    .filter(({ machine, fromMs, toMs }) => machine === 'press-1' && toMs - fromMs > 30 * 60_000)
  const [ended, removed] = [own[0]!, own.at(-1)!]
  expect(ended.fromMs).not.toBe(removed.fromMs)
  const early = new Date(ended.toMs - 20 * 60_000).toISOString()
  const { machine, fromMs, toMs, ...said } = ended
  const from = new Date(fromMs).toISOString()
  const put = await pair.api('/api/v1/context/machines/press-1', 'PUT', { ...said, from, to: early })
  expect(put.status).toBe(200)
  const gone = `/api/v1/context/machines/press-1?from=${new Date(removed.fromMs).toISOString()}`
  expect((await pair.api(gone, 'DELETE', {})).status).toBe(200)
  const before = await corrected(pair)
  expect(before.audit.slice(0, 2).every(({ points }) => points > 50)).toBe(true)

  const count = (start: string, stop: string) =>
    pair.query(`from(bucket: "plant_raw") |> range(start: ${start}, stop: ${stop})
  |> filter(fn: (r) => r._measurement == "temperature" and r.machine == "press-1")
  |> map(fn: (r) => ({r with has: exists r.lot})) |> group(columns: ["has"]) |> count() |> group()`)
  const freed = () => count(early, new Date(toMs).toISOString())
  const emptied = () => count(new Date(removed.fromMs).toISOString(), new Date(removed.toMs).toISOString())
  const shown = [await freed(), await emptied()].map((rows) => rows.map((row) => row['has']))
  expect(shown).toEqual([['false'], ['false']])
  const points = [await freed(), await emptied()]

  await simulate(url, startMs)
  const after = await corrected(pair)
  expect(after.audit).toEqual(before.audit)
  expect([await freed(), await emptied()]).toEqual(points)
})

test('intervals that are there already change nothing when they are posted again', async () => {
  const { pair, url } = await plantwatch()
  await simulate(url, startMs)
  const intervals = demoPlant(plant, seed)
    .contextIntervals(startMs - 12 * hourMs, startMs)
    .map(({ fromMs, toMs, ...said }) => ({
      ...said,
      from: new Date(fromMs).toISOString(),
      to: new Date(toMs).toISOString(),
    }))
  const answer = await pair.api('/api/v1/context/intervals', 'POST', { intervals })
  expect(await answer.json()).toMatchObject({ intervals: intervals.length, changes: 0 })
  expect((await corrected(pair)).audit.every(({ points }) => points === 0)).toBe(true)
})

test('a token without the right to say what runs ends it with a sentence, before any point is sent', async () => {
  const { pair, url } = await plantwatch()
  const made = await pair.api('/api/v1/tokens', 'POST', { name: 'a device' })
  const { token } = (await made.json()) as { token: string }
  await expect(simulate(url, startMs, token)).rejects.toThrow(/takes the operator's token; this one may not/)
  expect(await pair.query('from(bucket: "plant_raw") |> range(start: 0) |> limit(n: 1)')).toEqual([])
})
