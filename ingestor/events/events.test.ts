import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { InfluxClient } from '../../lib/influx/client.ts'
import type { Store } from '../../store/service.ts'
import { sharedPath } from '../../test/support/shared.ts'
import { settled } from '../../test/support/stack.ts'
import { startTestStore } from '../../test/support/store.ts'
import { makeTemporaryFolder, removeFolder } from '../../test/support/temporary-folder.ts'
import { fluxOf } from '../quarantine/selection.ts'
import { readPoints } from '../quarantine/stored-points.ts'
import { type Ingestor, startIngestor } from '../service.ts'

let store: Store
let ingestor: Ingestor
let folder: string
let client: InfluxClient

const influx = () => ({ url: store.url, token: 'operator', org: 'plantwatch', bucket: 'plant_raw' })

async function start(): Promise<void> {
  ingestor = await startIngestor({
    host: '127.0.0.1',
    port: 0,
    dataDir: folder,
    influx: influx(),
    operatorToken: 'operator',
    segmentBytes: 4 << 20,
    log: () => {},
  })
}

beforeEach(async () => {
  store = await startTestStore({ bootstrap: { org: 'plantwatch', bucket: 'plant_raw', token: 'operator' } })
  folder = await makeTemporaryFolder()
  client = new InfluxClient(influx())
  await start()
})
afterEach(async () => {
  client.close()
  await ingestor.close()
  await store.close()
  await removeFolder(folder)
})

const post = async (
  body: string | Uint8Array<ArrayBuffer>,
  { path = '/api/v1/events/energy', token = 'operator', headers = {} as Record<string, string> } = {},
) => {
  const response = await fetch(ingestor.url + path, {
    method: 'POST',
    body,
    headers: { Authorization: `Token ${token}`, ...headers },
  })
  const text = await response.text()
  return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as Record<string, unknown> }
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
interface Letter {
  readonly id: number
  readonly text: string
}
const letters = async (query = 'limit=1000'): Promise<readonly Letter[]> =>
  ((await api(`/api/v1/dead-letters?${query}`)).body as { dead_letters: readonly Letter[] }).dead_letters

/** Points of a measurement, in order of time, with all fields as columns. */
async function points(measurement = 'energy_event'): Promise<readonly Readonly<Record<string, unknown>>[]> {
  await settled({ url: ingestor.url, token: 'operator' })
  const found = await readPoints(
    client,
    fluxOf('plant_raw', { measurement, fromNs: 0n, toNs: 7_000_000_000_000_000_000n }),
  )
  return found.map(({ timeNs, tags, fields }) => ({
    time: timeNs,
    ...Object.fromEntries(tags),
    ...Object.fromEntries(fields),
  }))
}

const event = (active: string, more = '', device = '7') =>
  `Device: ID=${device}; Fw=1; Evt=2; Alarms: CoilRevesed=ON; Power: Active=${active}; Line: Phase=-1,5rad; Peaks: 1;2; UTC Time: 2016-10-4 16:47:50${more}`
const deviceNs = BigInt(Date.UTC(2016, 9, 4, 16, 47, 50)) * 1_000_000n

describe('energy events', () => {
  it('are cleaned: fields under their own names and units, unknown keys kept, the sensor’s id as its tag', async () => {
    expect((await post(event('1.5kW', '; WiFi Strength: -62; Dummy: 20'))).status).toBe(204)
    expect(await points()).toEqual([
      {
        time: deviceNs,
        sensor: '7',
        active_power: 1500,
        phase: -1.5,
        peak_1: 1,
        peak_2: 2,
        event: 2n,
        coil_reversed: true,
        firmware: '1',
        wifi_strength: -62,
        other_dummy: '20',
      },
    ])
  })

  it('may come as JSON, gzipped, with the tags of their place, and into another bucket', async () => {
    expect(
      (await post(JSON.stringify({ record: event('1W') }), { path: '/api/v1/events/energy?machine=press-1&site=a' }))
        .status,
    ).toBe(204)
    expect((await post(JSON.stringify({ records: [event('2W'), event('3W')] }, null, 2))).status).toBe(204)
    expect((await post(`{"record":"${event('4W')}"}\r\n{"record":"${event('5W')}"}\r\n`)).status).toBe(204)
    expect(
      (await post(new Uint8Array(gzipSync(`${event('6W')}\n\n`)), { headers: { 'Content-Encoding': 'gzip' } })).status,
    ).toBe(204)
    expect((await post(event('7W'), { path: '/api/v1/events/energy?bucket=nowhere' })).body).toMatchObject({
      code: 'not found',
    })
    const found = await points()
    expect(found.filter(({ machine }) => machine === 'press-1')).toMatchObject([{ site: 'a', active_power: 1 }])
    expect(found.filter(({ machine }) => machine === undefined).map((point) => point['active_power'])).toEqual([
      2, 3, 4, 5, 6,
    ])
  })

  it('of one time and one device are as many points, in order of arrival, over requests, restarts and a lost file', async () => {
    const body = Array.from({ length: 400 }, (_, i) => event(`${i}W`)).join('\n')
    expect((await post(body)).status).toBe(204)
    expect((await post(body.replaceAll('Active=', 'Active=1000'))).status).toBe(204)
    await ingestor.close()
    await rm(join(folder, 'event-times.jsonl'))
    await start()
    const key = { headers: { 'Idempotency-Key': 'last' } }
    const last = Array.from({ length: 200 }, (_, i) => event(`${200_000 + i}W`)).join('\n')
    expect((await post(last, key)).status).toBe(204)
    expect((await post(last, key)).status).toBe(204)
    const found = await points()
    expect(found.map(({ time }) => time)).toEqual(Array.from({ length: 1_000 }, (_, i) => deviceNs + BigInt(i)))
    expect([found[0], found[399], found[400], found[999]].map((point) => point!['active_power'])).toEqual([
      0, 399, 10000, 200_199,
    ])
  })

  it('that are malformed are named and kept with their text and place; the good ones are stored', async () => {
    const answer = await post(`${event('1W')}\n\n${event('x')}\r\nDevice: ID=7\n${event('2W')}`)
    const second = Buffer.byteLength(event('1W')) + 2
    expect(answer).toMatchObject({
      status: 422,
      body: {
        code: 'unprocessable entity',
        bad_lines: 2,
        good_lines: 2,
        line_errors: [
          { line: 3, offset: second, reason: expect.stringContaining('Active: "x" is no number (at character') },
          { line: 4, reason: 'the event has no power, current, voltage or peaks' },
        ],
      },
    })
    expect(await letters()).toMatchObject([
      { line: 4, text: 'Device: ID=7', reason: 'event', source: 'energy event' },
      { line: 3, offset: second, text: event('x'), reason: 'event', source: 'energy event', bucket: 'plant_raw' },
    ])
    expect((await points()).length).toBe(2)
    const none = await post('nonsense\n{"record": 5}')
    expect([none.status, none.body['code'], none.body['good_lines']]).toEqual([400, 'invalid', 0])
  })

  it('of a list are named by their index', async () => {
    expect((await post(JSON.stringify({ records: [event('1W'), 'nonsense', 5, ''] }))).body).toMatchObject({
      message: expect.stringContaining(
        '\nevent 1: "nonsense" has no key\nevent 2: a record is the text of one event\n',
      ),
      line_errors: [{ index: 1 }, { index: 2 }, { index: 3, reason: 'the record is empty' }],
    })
    expect((await letters()).map(({ text }) => text)).toEqual(['', '5', 'nonsense'])
  })

  it('in JSON that holds more than records, or none, are refused by name; a byte order mark is passed over', async () => {
    const good = 'Device: ID=1; Power: Active=1W'
    const reasonOf = async (body: string): Promise<unknown> => {
      const { status, body: answer } = await post(body)
      expect([status, answer['good_lines'], answer['bad_lines']]).toEqual([400, 0, 1])
      return (answer['line_errors'] as { reason: string }[])[0]!.reason
    }
    expect(await reasonOf(JSON.stringify({ record: good, machine: 'press-1' }))).toMatch(
      'has "machine", which is not read',
    )
    expect(await reasonOf(JSON.stringify({ record: good, records: [good] }))).toMatch('either "record"')
    expect(await reasonOf(JSON.stringify({ event: good }))).toMatch('either "record"')
    expect(await reasonOf(JSON.stringify({ records: good }))).toBe('"records" has to be a list of texts')
    expect(await reasonOf(JSON.stringify({ record: 5 }))).toBe('a record is the text of one event')
    expect((await post(`\uFEFF${JSON.stringify({ records: [good, good] })}`)).status).toBe(204)
  })

  it('are replayed as events, mended or as they are, with the tags of their request and of their token, revoked or not', async () => {
    const made = await api('/api/v1/tokens', 'POST', { name: 'meter', forced_tags: { line: 'l1' } })
    const { id: tokenId, token } = made.body as { id: string; token: string }
    const path = '/api/v1/events/energy?machine=press-1'
    expect((await post(event('xW'), { path, token })).status).toBe(400)
    expect((await post('energy_meter', { path, token })).status).toBe(400)
    const [other, { id }] = (await letters()) as [Letter, Letter]
    expect((await api(`/api/v1/dead-letters/${id}/replay`, 'POST', {})).body).toMatchObject({ code: 'invalid' })
    expect((await letters()).length).toBe(2)
    expect((await api(`/api/v1/tokens/${tokenId}`, 'DELETE')).status).toBe(204)
    expect((await api(`/api/v1/dead-letters/${other.id}`, 'DELETE')).status).toBe(204)
    expect((await api(`/api/v1/dead-letters/${id}/replay`, 'POST', { text: event('5W') })).status).toBe(200)
    expect(await points()).toMatchObject([{ machine: 'press-1', line: 'l1', sensor: '7', active_power: 5 }])
  })

  it('that the intake refuses lie in the dead letters as they came, with its reason', async () => {
    const { token } = (
      await api('/api/v1/tokens', 'POST', {
        name: 'meter',
        forced_tags: { sensor: '7' },
        measurements: ['energy_event'],
      })
    ).body as { token: string }
    const ahead = event('2W').replace('2016-10-4', '2096-10-4')
    const answer = await post(`${event('1W')}\n${event('3W', '', '8')}\nx\n${ahead}`, { token })
    expect(answer).toMatchObject({
      status: 422,
      body: { bad_lines: 3, line_errors: [{ line: 2 }, { line: 3 }, { line: 4 }] },
    })
    expect(await letters()).toMatchObject([
      { reason: 'time', text: ahead, source: 'energy event' },
      { reason: 'event', text: 'x' },
      { reason: 'forbidden', text: event('3W', '', '8') },
    ])
  })

  it('need a token, a method and a body of the right size', async () => {
    expect((await post(event('1W'), { token: 'wrong' })).status).toBe(401)
    expect((await fetch(`${ingestor.url}/api/v1/events/energy`)).status).toBe(405)
    expect((await post('')).status).toBe(204)
    expect((await post('x', { headers: { 'Content-Encoding': 'gzip' } })).status).toBe(400)
    expect((await post(event('1W'), { path: '/api/v1/events/energy?machine=a%0Ab' })).status).toBe(400)
    expect(await points()).toEqual([])
  })

  const real = sharedPath('data', 'devgrid', 'events.txt')
  it.skipIf(real === null)('of a real sensor are all stored, with the values of their text', async () => {
    const text = readFileSync(real!, 'utf8')
    const lines = text.split('\n').filter((line) => line.trim() !== '')
    expect(lines.length).toBe(1_000)
    const startedMs = performance.now()
    expect(await post(text)).toEqual({ status: 204, body: null })
    console.log(`1,000 events acknowledged in ${(performance.now() - startedMs).toFixed(0)} ms`)
    const found = await points()
    expect(found.length).toBe(1_000)
    expect(await letters()).toEqual([])
    expect(found[0]).toEqual({
      time: deviceNs,
      sensor: '1',
      firmware: '16071801',
      event: 2n,
      coil_reversed: false,
      active_power: 1753,
      reactive_power: 279,
      apparent_power: 403,
      current: 7.35900021,
      voltage: 230.08,
      phase: -43.841,
      frequency: 49.87,
      wifi_strength: -62,
      other_dummy: '20',
      ...numbered(
        'peak',
        [
          7.33199978, 7.311999799999999, 7.53000021, 7.48400021, 7.54300022, 7.62900019, 7.36499977, 7.28599977,
          7.37200022, 7.31899977,
        ],
      ),
      ...numbered('fft_re', [9748, 46, 303, 33, 52, 19, 19, 39, -455]),
      ...numbered('fft_im', [2712, 6, -792, -59, 1386, -19, 963, 33, 462]),
    })
    // Every event in its place: the text's own number against the stored one, read in the plainest way.
    expect(found.map((point) => point['active_power'])).toEqual(
      lines.map((line) => Number(/Active=(-?\d+)W/.exec(line)![1])),
    )
    expect(found.map(({ time }) => time)).toEqual(lines.map((_, i) => deviceNs + BigInt(i)))
    expect(
      found.filter((point) => Number(point['active_power']) > Number(point['apparent_power'])).length / 1_000,
    ).toBeCloseTo(0.68, 2)
  })

  it('whatever the body: every line is stored or lies in the dead letters, once', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        event('1W'),
        event('2 kW', '', 'é'),
        'Device: ID=1; Peaks: 1,5',
        '{"record": "x"}',
        '{',
        '# note',
        '\u0000',
        'Device: ID=a\\; Power: Active=1W',
        'Device: ID=b; Power: Active=1e308kW',
        'Device: ID=c; Power: Active=1W; Note: "q\\',
      ),
      fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', ' ')),
    )
    let lines = 0
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 6 }), fc.constantFrom('\n', '\r\n'), async (pieces, end) => {
        const body = pieces.join(end)
        const expected = body.split('\n').filter((line) => [...Buffer.from(line)].some((byte) => byte > 32))
        lines += expected.length
        const { status, body: told } = await post(body)
        expect([204, 400, 422]).toContain(status)
        const bad = status === 204 ? 0 : (told['bad_lines'] as number)
        const good = status === 204 ? expected.length : (told['good_lines'] as number)
        expect(good + bad).toBe(expected.length)
      }),
      { numRuns: 150 },
    )
    const kept: Letter[] = []
    for (let offset = 0; ; offset += 1_000) {
      const some = await letters(`limit=1000&offset=${offset}`)
      kept.push(...some)
      if (some.length < 1_000) break
    }
    expect((await points()).length + kept.length).toBe(lines)
  })
})

const numbered = (name: string, values: readonly number[]) =>
  Object.fromEntries(values.map((value, i) => [`${name}_${i + 1}`, value]))

describe('JSON events', () => {
  const path = '/api/v1/events'
  const send = (body: unknown) => post(JSON.stringify(body), { path })

  it('are one or a list, of known and of other measurements, with types as the table has them', async () => {
    expect(
      (
        await send({
          measurement: 'production_count',
          tags: { machine: 'm1', line: '' },
          fields: { good: 3 },
          time: '2026-03-01T07:00:00+01:00',
        })
      ).status,
    ).toBe(204)
    expect(
      (
        await send([
          {
            measurement: 'odd, one',
            tags: { 'a b': 'c=d' },
            fields: { n: 1, s: 'two\nlines "x"', b: true },
            time: '1600000000000000001',
          },
          { measurement: 'bare', fields: { v: 1 } },
          { measurement: 'bare', fields: { v: 2 } },
        ])
      ).status,
    ).toBe(204)
    expect(await points('production_count')).toEqual([
      { time: BigInt(Date.UTC(2026, 2, 1, 6)) * 1_000_000n, machine: 'm1', good: 3n },
    ])
    expect(await points('odd, one')).toEqual([
      { time: 1_600_000_000_000_000_001n, 'a b': 'c=d', n: 1, s: 'two\nlines "x"', b: true },
    ])
    expect((await points('bare')).map(({ v }) => v)).toEqual([1, 2])
  })

  it('that are bad are named by their index and kept; the others are stored', async () => {
    const bad = [
      { measurement: 'production_count', fields: { good: 1.5 } },
      { measurement: 'temperature', fields: { value: 'warm' } },
      { measurement: 'm', fields: {} },
      { measurement: 'm', fields: { v: [1] } },
      { measurement: 'm', fields: { v: 1 }, time: 'yesterday' },
      { measurement: 'm', fields: { v: 1 }, tag: {} },
      { measurement: '#m', fields: { v: 1 } },
      { measurement: 'm', tags: { t: 'ends in \\' }, fields: { v: 1 } },
      17,
    ]
    const { status, body } = await send([
      { measurement: 'm', fields: { s: 'a\nb' }, time: '5' },
      ...bad,
      { measurement: 'm', fields: { s: 2 }, time: '6' },
    ])
    expect(status).toBe(422)
    const reasons = (body['line_errors'] as { index: number; reason: string }[]).map(
      ({ index, reason }) => `${index} ${reason}`,
    )
    expect(reasons).toEqual([
      '1 fields.good: must be a whole number, as production_count has it',
      '2 fields.value: must be a number, as temperature has it',
      '3 fields: must have at least one field',
      '4 fields.v: must be a number, a text or a boolean',
      expect.stringMatching(/^5 time: "yesterday" is neither RFC 3339/),
      expect.stringMatching(/^6 .*"tag"/),
      expect.stringMatching(/^7 a measurement that begins with #/),
      expect.stringMatching(/^8 tag t .* ends with a backslash/),
      expect.stringMatching(/^9 /),
      expect.stringMatching(/^10 .*string/), // a number for a text: the intake knows the field
    ])
    const kept = await letters()
    expect(
      kept
        .map(({ text }) => JSON.parse(text) as unknown)
        .reverse()
        .slice(0, 9),
    ).toEqual(bad)
    expect(kept.at(-1)).toMatchObject({ source: 'json event', reason: 'event', line: 2 })
    expect((await points('m')).map(({ s }) => s)).toEqual(['a\nb'])
    const first = kept.at(-1)!.id
    expect(
      (
        await api(`/api/v1/dead-letters/${first}/replay`, 'POST', {
          text: JSON.stringify({ measurement: 'production_count', fields: { good: 1 }, time: '7' }),
        })
      ).status,
    ).toBe(200)
    expect(await points('production_count')).toMatchObject([{ time: 7n, good: 1n }])
  })

  it('of one series and one time become points of their own, in order, also when one is repeated; sent again they are the same', async () => {
    const at = (count: number, time: string, more = {}) => ({ measurement: 'count', fields: { count }, time, ...more })
    const events = [
      at(0, '2026-03-01T06:00:00Z'),
      at(1, '2026-03-01T07:00:00.000+01:00'),
      at(1, '2026-03-01T06:00:00.0Z'),
      at(3, '2026-03-01T06:00:00Z', { tags: { machine: 'm1' } }),
      at(4, '2026-03-01T06:00:00.001Z'),
      { measurement: 'count', fields: { other: 5 }, time: '2026-03-01T06:00:00Z' },
    ]
    const ns = BigInt(Date.UTC(2026, 2, 1, 6)) * 1_000_000n
    for (let i = 0; i < 2; i++) {
      expect((await send(events)).status).toBe(204)
      const found = await points('count')
      expect(found.filter(({ machine }) => machine === undefined)).toEqual([
        { time: ns, count: 0 },
        { time: ns + 1n, count: 1 },
        { time: ns + 2n, count: 1 },
        { time: ns + 3n, other: 5 },
        { time: ns + 1_000_000n, count: 4 },
      ])
      expect(found.filter(({ machine }) => machine === 'm1')).toEqual([{ time: ns, machine: 'm1', count: 3 }])
    }
    const many = Array.from({ length: 1_000 }, (_, i) => at(i, '2026-03-01T06:00:00Z', { measurement: 'many' }))
    expect((await send(many)).status).toBe(204)
    expect((await points('many')).map(({ time, count }) => [time, count])).toEqual(
      many.map((_, i) => [ns + BigInt(i), i]),
    )
    // Across requests a later point overwrites, as in InfluxDB.
    expect((await send(at(7, '2026-03-01T06:00:00Z', { measurement: 'many' }))).status).toBe(204)
    expect((await points('many')).slice(0, 2)).toMatchObject([{ count: 7 }, { count: 1 }])
  })

  it('of an exact time are never moved: their fields make one point, and a second value of one is told and kept', async () => {
    const ns = BigInt(Date.UTC(2026, 2, 1, 6)) * 1_000_000n
    const at = (fields: object, time = String(ns)) => ({ measurement: 'exact', fields, time })
    const events = [
      at({ c: 0 }, '2026-03-01T06:00:00Z'), // may be moved: the exact ones come first
      at({ a: 1 }),
      at({ b: 2 }, '2026-03-01T06:00:00.000000000Z'),
      at({ a: 1, d: 3 }), // says nothing else
      at({ a: 9, e: 4 }),
      at({ a: 5 }, String(ns + 1n)),
      at({ a: 6 }, '2026-03-01T06:00:00.0001Z'),
    ]
    const { status, body } = await send(events)
    expect([status, body['good_lines'], body['line_errors']]).toEqual([
      422,
      6,
      [expect.objectContaining({ index: 4, reason: expect.stringMatching(/^fields\.a: .*another value/) })],
    ])
    expect(await letters()).toMatchObject([
      { text: JSON.stringify(events[4]), reason: 'event', source: 'json event', line: 5 },
    ])
    expect(await points('exact')).toEqual([
      { time: ns, a: 1, b: 2, d: 3 },
      { time: ns + 1n, a: 5 },
      { time: ns + 2n, c: 0 },
      { time: ns + 100_000n, a: 6 },
    ])
  })

  it('that are held back for another’s value are written over it on purpose alone', async () => {
    const at = (fields: object) => ({ measurement: 'held', fields, time: '5' })
    const events = [at({ a: 1 }), at({ a: 2, b: 3 })]
    expect((await send(events)).status).toBe(422)
    const [{ id, text }] = (await letters()) as [Letter]
    expect((await api(`/api/v1/dead-letters/${id}/replay`, 'POST', {})).body).toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(
        /^as it is, letter \d+ may be written over the value .*fields\.a: .*; send its text/,
      ),
    })
    expect((await api('/api/v1/dead-letters/replay', 'POST', {})).body).toMatchObject({ replayed: 0, failed: [{ id }] })
    expect(await points('held')).toEqual([{ time: 5n, a: 1 }])
    expect((await api(`/api/v1/dead-letters/${id}/replay`, 'POST', { text })).status).toBe(200)
    expect(await points('held')).toEqual([{ time: 5n, a: 2, b: 3 }])
    // Of those that share a letter the message tells the first one's reason only.
    const many = Array.from({ length: 1_002 }, (_, i) => ({ measurement: 'many', fields: { a: i }, time: '5' }))
    expect((await send([{ measurement: '#', fields: { a: 1 } }, ...many])).status).toBe(422)
    const [shared] = (await letters('limit=1')) as [Letter]
    expect(shared.text.split('\n').length).toBe(3)
    expect((await api(`/api/v1/dead-letters/${shared.id}/replay`, 'POST', {})).status).toBe(400)
    expect(await points('many')).toEqual([{ time: 5n, a: 0 }])
  })

  it('that are refused keep their places: mended one by one, or sent again whole, each is the point that it would have been', async () => {
    const ns = BigInt(Date.UTC(2026, 2, 1, 6)) * 1_000_000n
    const at = (count: unknown, more = {}) => ({
      measurement: 'place',
      fields: { count },
      time: '2026-03-01T06:00:00Z',
      ...more,
    })
    const exact = { time: String(ns + 1n) }
    const events = [at(0), at([1]), at('two'), at(3), at(4, { tag: {} }), at(null, exact), at(6)]
    expect((await send(events)).body).toMatchObject({ good_lines: 3, bad_lines: 4 })
    const kept = [...(await letters())].reverse()
    // Those that the intake refused come last.
    expect(kept.map(({ text }) => JSON.parse(text) as unknown)).toEqual([
      at([1], { time: String(ns + 2n) }),
      at(4, { tag: {}, time: String(ns + 5n) }),
      at(null, exact),
      at('two', { time: String(ns + 3n) }),
    ])
    const whole = [0, 5, 1, 2, 3, 4, 6].map((count, i) => ({ time: ns + BigInt(i), count }))
    expect(await points('place')).toEqual(whole.filter(({ count }) => [0, 3, 6].includes(count)))
    for (const [i, count] of [1, 4, 5, 2].entries()) {
      const { tag: _, ...mended } = { ...(JSON.parse(kept[i]!.text) as { tag?: object }), fields: { count } }
      const text = JSON.stringify(mended)
      expect((await api(`/api/v1/dead-letters/${kept[i]!.id}/replay`, 'POST', { text })).status).toBe(200)
    }
    expect(await points('place')).toEqual(whole)
    const all = [at(0), at(1), at(2), at(3), at(4), at(5, exact), at(6)]
    expect((await send(all)).status).toBe(204)
    expect(await points('place')).toEqual(whole)
  })

  it('of which not even the series can be read get a time that none of their request has', async () => {
    const ns = BigInt(Date.UTC(2026, 2, 1, 6)) * 1_000_000n
    const at = (tags: object, more = {}) => ({
      measurement: 'apart',
      tags,
      fields: { v: 1 },
      time: '2026-03-01T06:00:00Z',
      ...more,
    })
    const bad = [
      at({ t: 'a\\' }),
      at({ t: 1 }),
      at({ t: 'a' }, { measurement: '#apart' }),
      at({ t: 'a' }, { measurement: 7 }),
    ]
    expect((await send([...bad, at({ t: 'a' }), at({ t: 'a' }), at({ t: 'b' })])).body).toMatchObject({ bad_lines: 4 })
    const times = (await letters()).map(({ text }) => (JSON.parse(text) as { time: string }).time)
    expect(times.reverse()).toEqual([2, 3, 4, 5].map((i) => String(ns + BigInt(i))))
  })

  it('that are no UTF-8 are refused, and no letter of theirs is replaced', async () => {
    const body = Buffer.from('{"measurement": "m", "tags": {"unit": "\xb0C"}, "fields": {"v": 1}}', 'latin1')
    const { status, body: answer } = await post(body, { path })
    expect(status).toBe(400)
    expect(answer['line_errors']).toEqual([{ line: 1, offset: 0, reason: 'the body is not UTF-8' }])
  })

  it('that are no JSON are refused whole, and kept', async () => {
    expect((await post('{"measurement": ', { path })).body).toMatchObject({
      code: 'invalid',
      line_errors: [{ line: 1, reason: 'the body is no JSON' }],
    })
    expect(await letters()).toMatchObject([{ text: '{"measurement": ' }])
    expect((await post('[]', { path })).status).toBe(204)
  })

  it('never crash the endpoint', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.jsonValue(),
          fc.array(
            fc.record({
              measurement: fc.string(),
              tags: fc.dictionary(fc.string(), fc.string()),
              fields: fc.dictionary(fc.string(), fc.jsonValue()),
            }),
            { maxLength: 4 },
          ),
        ),
        async (value) => {
          const count = Array.isArray(value) ? value.length : 1
          const { status, body } = await send(value)
          if (status === 204) return
          expect([400, 422]).toContain(status)
          expect((body['bad_lines'] as number) + (body['good_lines'] as number)).toBe(count)
        },
      ),
      { numRuns: 150 },
    )
  })
})
