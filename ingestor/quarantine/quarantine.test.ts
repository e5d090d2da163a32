import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { InfluxClient } from '../../lib/influx/client.ts'
import type { Plant } from '../../lib/plant/model.ts'
import { readPlant } from '../../lib/plant/read-plant.ts'
import type { Store } from '../../store/service.ts'
import { type FaultProxy, startFaultProxy } from '../../test/support/fault-proxy.ts'
import { settled } from '../../test/support/stack.ts'
import { startTestStore } from '../../test/support/store.ts'
import { makeTemporaryFolder, removeFolder } from '../../test/support/temporary-folder.ts'
import { type Ingestor, startIngestor } from '../service.ts'
import { fluxOf } from './selection.ts'
import { readPoints, type StoredPoint } from './stored-points.ts'

const plant: Plant = readPlant(`
version: 1
name: Test plant
sites:
  - id: a
    name: A
    timeZone: Europe/Berlin
    currency: EUR
    energyPrice: 0.2
    lines:
      - id: l1
        name: L1
        machines:
          - id: press-1
            name: Press 1
            sensors:
              - { id: oil, measurement: temperature, name: Oil, every: 1s, kind: gauge, unit: °C, range: [0, 100] }
`)

let store: Store
let proxy: FaultProxy
let ingestor: Ingestor
let folder: string
let client: InfluxClient

beforeEach(async () => {
  store = await startTestStore({ bootstrap: { org: 'plantwatch', bucket: 'plant_raw', token: 'operator' } })
  const headers = { Authorization: 'Token operator', 'Content-Type': 'application/json' }
  const { orgs } = (await (await fetch(`${store.url}/api/v2/orgs`, { headers })).json()) as { orgs: { id: string }[] }
  for (const name of ['plant_quarantine', 'plant_derived'])
    await fetch(`${store.url}/api/v2/buckets`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ name, orgID: orgs[0]!.id, retentionRules: [] }),
    })
  proxy = await startFaultProxy(store.url)
  folder = await makeTemporaryFolder()
  client = new InfluxClient({ url: store.url, token: 'operator', org: 'plantwatch', bucket: 'plant_raw' })
  ingestor = await startIngestor({
    host: '127.0.0.1',
    port: 0,
    dataDir: folder,
    influx: { url: proxy.url, token: 'operator', org: 'plantwatch', bucket: 'plant_raw' },
    operatorToken: 'operator',
    plant,
    segmentBytes: 4 << 20,
    log: () => {},
  })
})
afterEach(async () => {
  client.close()
  await ingestor.close()
  await proxy.close()
  await store.close()
  await removeFolder(folder)
})

const write = async (body: string) => {
  const response = await fetch(`${ingestor.url}/api/v2/write?org=plantwatch&bucket=plant_raw`, {
    method: 'POST',
    body,
    headers: { Authorization: 'Token operator' },
  })
  expect(response.status).toBe(204)
}
const api = async (path: string, method = 'GET', body?: object) => {
  const response = await fetch(ingestor.url + path, {
    method,
    headers: { Authorization: 'Token operator', 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as never }
}
const all = { fromNs: 0n, toNs: 2n ** 62n }
const pointsOf = async (bucket: string): Promise<readonly StoredPoint[]> => {
  await settled({ url: ingestor.url, token: 'operator' })
  return readPoints(client, fluxOf(bucket, all))
}
const oil = (value: number | string, time: number, more = '') =>
  `temperature,machine=press-1,sensor=oil${more} value=${value} ${time}\n`

describe('readings out of their plausible range', () => {
  it('lie in the quarantine with the context of their time, are listed by page, and nowhere else', async () => {
    await write(oil(1000, 5, ',lot=L1') + oil(20, 6) + oil(-1, 7) + oil(101, 8))
    await settled({ url: ingestor.url, token: 'operator' })
    expect((await pointsOf('plant_raw')).map(({ timeNs }) => timeNs)).toEqual([6n])
    const first = await api('/api/v1/quarantine?machine=press-1&limit=2')
    expect(first.body).toEqual({
      points: [
        {
          measurement: 'temperature',
          tags: { lot: 'L1', machine: 'press-1', sensor: 'oil' },
          fields: { value: 1000 },
          time: '1970-01-01T00:00:00.000000005Z',
        },
        {
          measurement: 'temperature',
          tags: { machine: 'press-1', sensor: 'oil' },
          fields: { value: -1 },
          time: '1970-01-01T00:00:00.000000007Z',
        },
      ],
      links: { next: '/api/v1/quarantine?machine=press-1&limit=2&offset=2' },
    })
    const { links } = first.body as { links: { next: string } }
    expect((await api(links.next)).body).toMatchObject({ points: [{ fields: { value: 101 } }], links: {} })
    expect((await api('/api/v1/quarantine?machine=press-2')).body).toEqual({ points: [], links: {} })
    expect(
      (await api('/api/v1/quarantine?from=1970-01-01T00:00:00.000000006Z&to=1970-01-01T00:00:00.000000008Z')).body,
    ).toMatchObject({ points: [{ fields: { value: -1 } }] })
    expect((await api('/api/v1/quarantine?from=yesterday')).status).toBe(400)
  })

  it('get the lot that ran at their time, keep it when they are released, and follow a correction before', async () => {
    const lot = (name: string) =>
      api('/api/v1/context/machines/press-1', 'PUT', {
        lot: name,
        from: '2026-01-01T00:00:00Z',
        to: '2026-01-02T00:00:00Z',
      })
    const inLot = 1_767_225_600_000_000_000 + 3_600_000_000_000
    expect((await lot('17')).status).toBeLessThan(300)
    await write(oil(1000, inLot) + oil(1000, 5))
    await settled({ url: ingestor.url, token: 'operator' })
    expect((await pointsOf('plant_quarantine')).map(({ tags }) => Object.fromEntries(tags)['lot'])).toEqual([
      undefined,
      '17',
    ])
    expect((await lot('18')).status).toBeLessThan(300)
    expect((await api('/api/v1/quarantine/release', 'POST', { all: true })).body).toEqual({ released: 2, more: false })
    expect((await pointsOf('plant_raw')).map(({ tags }) => Object.fromEntries(tags)['lot'])).toEqual([undefined, '18'])
    expect(await pointsOf('plant_quarantine')).toEqual([])
  })

  it('are released as they came, also texts, and are then in the raw bucket alone', async () => {
    await write(
      `temperature,machine=press-1,sensor=oil,lot=L\\ 1 value=1000,note="a\\\\b ""\n",n=5i,ok=true 5\n`.replace(
        '""',
        '\\"',
      ) + oil(200, 6),
    )
    const before = await pointsOf('plant_quarantine')
    expect(before.length).toBe(2)
    expect((await api('/api/v1/quarantine/release', 'POST', { machine: 'press-1', sensor: 'oil' })).body).toEqual({
      released: 2,
      more: false,
    })
    expect(await pointsOf('plant_raw')).toEqual(before)
    expect(before[0]!.fields).toEqual(
      expect.arrayContaining([
        ['note', 'a\\b "\n'],
        ['n', 5n],
        ['ok', true],
        ['value', 1000],
      ]),
    )
    expect(await pointsOf('plant_quarantine')).toEqual([])
    expect((await api('/api/v1/quarantine/release', 'POST', { all: true })).body).toEqual({ released: 0, more: false })
  })

  it('are released in steps, and only those that were meant', async () => {
    const lines = Array.from({ length: 12_000 }, (_, i) => oil(1000 + i, 1 + (i >> 1), i % 2 === 0 ? ',lot=x' : ''))
    await write(lines.join(''))
    expect(
      (
        await api('/api/v1/quarantine/release', 'POST', {
          measurement: 'temperature',
          to: '1970-01-01T00:00:00.000005001Z',
        })
      ).body,
    ).toEqual({ released: 10_000, more: false })
    expect((await pointsOf('plant_raw')).length).toBe(10_000)
    expect((await pointsOf('plant_quarantine')).map(({ timeNs }) => timeNs)).toEqual(
      Array.from({ length: 2_000 }, (_, i) => BigInt(5_001 + (i >> 1))),
    )
  })

  it('stay in the quarantine until the store has them in the raw bucket; a release that failed is done again', async () => {
    await write(oil(1000, 5))
    await settled({ url: ingestor.url, token: 'operator' })
    proxy.decide = ({ path }) =>
      path.startsWith('/api/v2/delete')
        ? { kind: 'answer', status: 500, body: '{"code":"internal error","message":"no"}' }
        : { kind: 'pass' }
    const failed = await api('/api/v1/quarantine/release', 'POST', { all: true })
    expect([failed.status, failed.body]).toMatchObject([503, { code: 'unavailable' }])
    expect((await pointsOf('plant_quarantine')).length).toBe(1)
    expect((await pointsOf('plant_raw')).length).toBe(1)
    proxy.decide = () => ({ kind: 'pass' })
    expect((await api('/api/v1/quarantine/release', 'POST', { all: true })).body).toEqual({ released: 1, more: false })
    expect((await pointsOf('plant_quarantine')).length).toBe(0)
    expect((await pointsOf('plant_raw')).length).toBe(1)
    await write(oil(30, 9)) // the delivery goes on
    expect((await pointsOf('plant_raw')).length).toBe(2)
  })

  it('that come late into the time of a release under way are not deleted with it', async () => {
    await write(oil(1000, 5) + oil(1000, 9))
    await settled({ url: ingestor.url, token: 'operator' })
    let late: Promise<void> | null = null
    proxy.decide = ({ path, body }) => {
      // The first write of the release: a late point comes in between.
      if (late === null && path.includes('bucket=plant_raw') && body.length > 0) late = write(oil(2000, 7))
      return { kind: 'pass' }
    }
    const { body } = await api('/api/v1/quarantine/release', 'POST', { machine: 'press-1' })
    await late
    const released = (body as { released: number }).released
    const left = await pointsOf('plant_quarantine')
    const raw = await pointsOf('plant_raw')
    expect(late).not.toBeNull()
    expect(raw.length + left.length).toBe(3)
    expect(raw.length).toBe(released)
  })

  it('are discarded where somebody says which, or all', async () => {
    await write(oil(1000, 5) + oil(1000, 6) + oil(1000, 7))
    expect((await api('/api/v1/quarantine', 'DELETE')).status).toBe(400)
    expect((await api('/api/v1/quarantine/release', 'POST', {})).status).toBe(400)
    expect((await api('/api/v1/quarantine?machine=a"b', 'DELETE')).status).toBe(400)
    expect((await api('/api/v1/quarantine?sensor=oil&to=1970-01-01T00:00:00.000000006Z', 'DELETE')).body).toEqual({
      discarded_values: 1,
    })
    expect((await pointsOf('plant_quarantine')).map(({ timeNs }) => timeNs)).toEqual([6n, 7n])
    expect((await api('/api/v1/quarantine?all=true', 'DELETE')).body).toEqual({ discarded_values: 2 })
    expect(await pointsOf('plant_quarantine')).toEqual([])
    expect(await pointsOf('plant_raw')).toEqual([])
  })
})
