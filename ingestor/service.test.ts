import { request as httpRequest } from 'node:http'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Fault, type FaultProxy, type SeenRequest, startFaultProxy } from '../test/support/fault-proxy.ts'
import { temporaryFolder } from '../test/support/temporary-folder.ts'
import { defaultLimits, type Ingestor, type IngestorLimits, startIngestor } from './service.ts'

/** A store that takes everything, knows the bucket `other`, and keeps what it was sent. */
let store: FaultProxy
let ingestor: Ingestor
let folder: string
const committed: Fault = { kind: 'answer', status: 204 }
const json = (status: number, body: object): Fault => ({ kind: 'answer', status, body: JSON.stringify(body) })

const asStore = (request: SeenRequest): Fault => {
  const url = new URL(request.path, 'http://store')
  if (url.pathname === '/api/v2/buckets') {
    const known = url.searchParams.get('name') === 'other' || url.searchParams.get('id') === '0123456789abcdef'
    return json(200, { buckets: known ? [{ name: 'other' }] : [] })
  }
  if (url.pathname === '/api/v2/orgs') return json(200, { orgs: [{ id: 'fedcba9876543210', name: 'plantwatch' }] })
  return committed
}

/** @param dataDir of an earlier start, to go on with */
async function start(limits: Partial<IngestorLimits> = {}, dataDir?: string): Promise<void> {
  folder = dataDir ?? (await temporaryFolder())
  ingestor = await startIngestor({
    host: '127.0.0.1',
    port: 0,
    dataDir: folder,
    influx: { url: store.url, token: 'store-token', org: 'plantwatch', bucket: 'plant_raw' },
    operatorToken: 'operator',
    limits: { ...defaultLimits, reportEveryMs: 0, ...limits },
    segmentBytes: 4 << 20,
    lateMarksEveryMs: 3_600_000,
    log: () => {},
  })
}

beforeEach(async () => {
  store = await startFaultProxy('http://127.0.0.1:9')
  store.decide = asStore
  await start()
})
afterEach(async () => {
  await ingestor.close()
  await store.close()
})

const write = (
  body: string | Uint8Array<ArrayBuffer>,
  query = 'org=plantwatch&bucket=plant_raw',
  headers: Record<string, string> = {},
) =>
  fetch(`${ingestor.url}/api/v2/write?${query}`, {
    method: 'POST',
    body,
    headers: { Authorization: 'Token operator', ...headers },
  })
const writes = () => store.seen.filter(({ path }) => path.startsWith('/api/v2/write'))
/** Lines that were sent to the store, once there are so many of them. */
async function delivered(lines: number): Promise<string> {
  for (let waited = 0; ; waited += 10) {
    const text = writes()
      .map(({ body }) => gunzipSync(body).toString())
      .join('')
    if (new Set(text.split('\n')).size > lines) return text
    if (waited > 10_000) throw new Error(`only this came to the store:\n${text}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
const api = async (path: string, method = 'GET', body?: object, token = 'operator') => {
  const response = await fetch(ingestor.url + path, {
    method,
    headers: { Authorization: `Token ${token}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as never }
}
const errorOf = async (response: Response) => [
  response.status,
  response.headers.get('X-Platform-Error-Code'),
  ((await response.json()) as { message: string }).message,
]

describe('a batch without a fault', () => {
  it('is acknowledged while the store is away, and comes there byte for byte, in order', async () => {
    const body = 'm,t=a v=1 1600000000000000000\nm,t=b v=2 1600000000000000001\n'
    store.decide = (request) => (request.path.startsWith('/api/v2/write') ? { kind: 'reset' } : asStore(request))
    const response = await write(body, 'org=plantwatch&bucket=plant_raw&precision=ns')
    expect([response.status, await response.text()]).toEqual([204, ''])
    await ingestor.close()
    store.decide = asStore
    await start({}, folder)
    expect(await delivered(2)).toBe(body)
    expect(writes().at(-1)!.path).toBe('/api/v2/write?org=plantwatch&bucket=plant_raw&precision=ns')
  })

  it('gets the time of its arrival where a line has none, in the unit of the request', async () => {
    const before = Math.floor(Date.now() / 1000)
    expect((await write('m v=1\nm v=2 1600000000\n', 'org=plantwatch&bucket=plant_raw&precision=s')).status).toBe(204)
    const [first, second] = (await delivered(2)).split('\n')
    expect(second).toBe('m v=2 1600000000')
    const seconds = Number(/^m v=1 (\d+)$/.exec(first!)?.[1])
    expect(seconds).toBeGreaterThanOrEqual(before)
    expect(seconds).toBeLessThanOrEqual(before + 10)
  })

  it('loses its carriage returns, but not those inside a text', async () => {
    expect((await write('m v=1 1\r\nm s="a\r\nb" 2\r\n\r\n# note\r\nm v=3 3')).status).toBe(204)
    expect(await delivered(4)).toBe('m v=1 1\nm s="a\r\nb" 2\nm v=3 3\n')
  })

  it('of any size comes there byte for byte while many others are under way', { timeout: 60_000 }, async () => {
    const sizes = [1, 40, 3_000, 900, 7_000, 200]
    const lines: string[] = []
    const bodyOf = (sender: number, round: number): string => {
      const own = Array.from(
        { length: sizes[(sender + round) % sizes.length]! },
        (_, i) => `m,sender=${sender},round=${round} v=${i},s="${'x'.repeat(20)}${sender}" ${1_600_000_000_000 + i}`,
      )
      lines.push(...own)
      return `${own.join('\n')}\n`
    }
    const answers = await Promise.all(
      Array.from({ length: 12 }, async (_, sender) => {
        for (let round = 0; round < 6; round++)
          if ((await write(bodyOf(sender, round), 'org=plantwatch&bucket=plant_raw&precision=ms')).status !== 204)
            return `round ${round} of ${sender}`
        return 'all taken'
      }),
    )
    expect(new Set(answers)).toEqual(new Set(['all taken']))
    const there = new Set((await delivered(lines.length)).split('\n'))
    expect(lines.filter((line) => !there.has(line))).toEqual([])
    expect(there.size).toBe(lines.length + 1)
  })

  it('leaves its bad lines byte for byte in the dead letters while many others are under way', {
    timeout: 60_000,
  }, async () => {
    const sizes = [3_000, 900, 7_000, 2_000]
    const bad: string[] = []
    const bodyOf = (sender: number, round: number): string => {
      const own = Array.from(
        { length: sizes[(sender + round) % sizes.length]! },
        (_, i) => `m,sender=${sender},round=${round} v=${i},s="${'x'.repeat(20)}" ${1_600_000_000_000 + i}`,
      )
      for (const at of [0, 500, own.length - 1]) {
        own[at] = `bad,sender=${sender},round=${round} v=${'y'.repeat(at === 500 ? 5_000 : 50)}${sender}`
        bad.push(own[at])
      }
      return `${own.join('\n')}\n`
    }
    const statuses = await Promise.all(
      Array.from({ length: 12 }, async (_, sender) => {
        const all: number[] = []
        for (let round = 0; round < 6; round++)
          all.push((await write(bodyOf(sender, round), 'org=plantwatch&bucket=plant_raw&precision=ms')).status)
        return all
      }),
    )
    expect(new Set(statuses.flat())).toEqual(new Set([422]))
    const listed = (await api('/api/v1/dead-letters?limit=1000')).body as { dead_letters: { text: string }[] }
    expect(listed.dead_letters.map(({ text }) => text).sort()).toEqual(bad.sort())
  })

  it('may be empty, or hold comments alone', async () => {
    expect((await write('')).status).toBe(204)
    expect((await write('\n\n# only a note\n')).status).toBe(204)
    expect((await write(new Uint8Array(0), undefined, { 'Content-Encoding': 'gzip' })).status).toBe(204)
  })

  it('that is sent again under one Idempotency-Key is acknowledged and stored once, also after a restart', async () => {
    const send = (key: string) => write('m v=1\n', undefined, { 'Idempotency-Key': key })
    const answers = await Promise.all([send('a'), send('a'), send('a'), send('b')])
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204])
    await ingestor.close()
    await start({}, folder)
    expect((await send('a')).status).toBe(204)
    expect((await send('c')).status).toBe(204)
    expect((await delivered(3)).split('\n').length - 1).toBe(3)
  })

  it('may be named by ids and go to a bucket that only the store knows', async () => {
    expect((await write('m v=1 1', 'orgID=fedcba9876543210&bucket=other')).status).toBe(204)
    expect((await write('m v=1 1', 'orgID=FEDCBA9876543210&bucket=0123456789ABCDEF')).status).toBe(204)
    expect((await write('m v=2 2', 'org=plantwatch&bucket=0123456789abcdef')).status).toBe(204)
    await delivered(2)
    expect(new Set(writes().map(({ path }) => path))).toEqual(
      new Set(['/api/v2/write?org=plantwatch&bucket=other&precision=ns']),
    )
    const asked = store.seen.length
    expect((await write('m v=3 3', 'org=plantwatch&bucket=other')).status).toBe(204)
    await delivered(3)
    expect(store.seen.slice(asked).every(({ path }) => path.startsWith('/api/v2/write'))).toBe(true)
  })

  it('may come the 1.x way, with its own forms of the token', async () => {
    const old = (query: string, headers: Record<string, string> = {}) =>
      fetch(`${ingestor.url}/write?${query}`, { method: 'POST', body: 'm v=1 1', headers })
    expect((await old('db=plant_raw&u=x&p=operator')).status).toBe(204)
    expect((await old('db=plant_raw&rp=autogen&precision=h', { Authorization: 'Token operator' })).status).toBe(204)
    expect(
      (await old('db=plant_raw', { Authorization: `Basic ${Buffer.from('x:operator').toString('base64')}` })).status,
    ).toBe(204)
    expect(await errorOf(await old('db=plant_raw', { Authorization: 'Bearer operator' }))).toEqual([
      401,
      'unauthorized',
      'unauthorized access',
    ])
    expect(await errorOf(await old('db=nowhere', { Authorization: 'Token operator' }))).toEqual([
      404,
      'not found',
      'no dbrp mapping found',
    ])
    expect(await errorOf(await old('', { Authorization: 'Token operator' }))).toEqual([400, 'invalid', 'missing db'])
  })
})

describe('bad lines', () => {
  it('are named up to the cap and counted beyond it; the good ones are stored', async () => {
    await ingestor.close()
    await start({ lineErrorsMax: 2 })
    const response = await write('m v=1 1\nbad\nm v=2 2\nworse\nworst\n')
    expect([response.status, response.headers.get('X-Platform-Error-Code')]).toEqual([422, 'unprocessable entity'])
    const body = (await response.json()) as {
      message: string
      line_errors: unknown[]
      bad_lines: number
      good_lines: number
    }
    expect(body).toMatchObject({
      code: 'unprocessable entity',
      bad_lines: 3,
      good_lines: 2,
      line_errors: [
        { line: 2, offset: 8 },
        { line: 4, offset: 20 },
      ],
    })
    expect(body.message).toMatch(
      /^partial write: 3 of 5 lines were not stored and lie in the dead letters, the others are stored:\nline 2: .+\nline 4: .+\nand 1 more$/,
    )
    expect(await delivered(2)).toBe('m v=1 1\nm v=2 2\n')
  })

  it('alone are 400, and the store is not asked', async () => {
    expect((await write('bad\nworse')).status).toBe(400)
    expect(writes()).toEqual([])
  })

  it('lie in the dead letters with place, reason and bytes, can be mended and sent again, or put aside', async () => {
    expect((await write('m,t=a v=1 5\nm,t=a v=1x 6\nm,t=a v= 7\n')).status).toBe(422)
    const { body: listed } = await api('/api/v1/dead-letters?limit=1')
    expect(listed).toMatchObject({
      dead_letters: [{ line: 3, offset: 25, text: 'm,t=a v= 7', reason: 'syntax', state: 'open', bucket: 'plant_raw' }],
      open_by_reason: { syntax: 2 },
      links: { next: '/api/v1/dead-letters?limit=1&offset=1' },
    })
    const { dead_letters: letters } = (await api('/api/v1/dead-letters')).body as { dead_letters: { id: number }[] }
    const [last, first] = letters.map(({ id }) => id)
    expect((await api(`/api/v1/dead-letters/${first}/replay`, 'POST', {})).body).toMatchObject({ code: 'invalid' })
    expect((await api(`/api/v1/dead-letters/${first}/replay`, 'POST', { text: 'm,t=a v=1 6' })).body).toMatchObject({
      state: 'replayed',
    })
    expect(await delivered(2)).toBe('m,t=a v=1 5\nm,t=a v=1 6\n')
    expect((await api(`/api/v1/dead-letters/${last}`, 'DELETE')).status).toBe(204)
    expect((await api('/api/v1/dead-letters?state=open')).body).toMatchObject({ dead_letters: [], open_by_reason: {} })
    expect((await api('/api/v1/dead-letters/replay', 'POST', {})).body).toEqual({ replayed: 0, failed: [] })
  })

  it('that the store refuses three times alone become dead letters; their neighbours arrive', async () => {
    store.decide = (request) =>
      request.path.startsWith('/api/v2/write') && gunzipSync(request.body).includes('conflict')
        ? json(422, { code: 'unprocessable entity', message: 'partial write: field type conflict dropped=1' })
        : asStore(request)
    expect((await write('m v=1 1\nm conflict=1 2\nm v=3 3\n')).status).toBe(204)
    for (;;) {
      const { open_by_reason: open } = (await api('/api/v1/dead-letters')).body as { open_by_reason: object }
      if ('refused' in open) break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect((await api('/api/v1/dead-letters')).body).toMatchObject({
      dead_letters: [{ text: 'm conflict=1 2', reason: 'refused', source: 'delivery' }],
    })
  })

  it('of any length are kept whole, and their neighbours are stored', async () => {
    const long = `m s="${'x'.repeat(5 << 20)}" 2 trailing`
    const response = await write(`m v=1 1\n${long}\nm v=3 3\n`)
    expect(response.status).toBe(422)
    expect(await delivered(2)).toBe('m v=1 1\nm v=3 3\n')
    const { dead_letters: parts } = (await api('/api/v1/dead-letters')).body as {
      dead_letters: { text: string; message: string }[]
    }
    expect(
      parts
        .map(({ text }) => text)
        .reverse()
        .join(''),
    ).toBe(long)
    expect(parts[0]!.message).toMatch(/^part (\d) of \1: /)
  })

  it('of garbage are kept whole in few letters', async () => {
    const garbage = Array.from({ length: 5_000 }, (_, i) => `garbage ${i}`).join('\n')
    expect((await write(garbage)).status).toBe(400)
    const { dead_letters: letters } = (await api('/api/v1/dead-letters?limit=1000')).body as {
      dead_letters: { text: string }[]
    }
    expect(letters.length).toBe(1_000)
    const { dead_letters: more } = (await api('/api/v1/dead-letters?limit=1000&offset=1000')).body as {
      dead_letters: { text: string }[]
    }
    const texts = [...letters, ...more].flatMap(({ text }) => text.trimEnd().split('\n'))
    expect([more.length, new Set(texts).size]).toEqual([1, 5_000])
  })
})

describe('tokens', () => {
  it('are made, do what they may and no more, and are revoked at once', async () => {
    const made = await api('/api/v1/tokens', 'POST', {
      name: 'press 1',
      buckets: ['plant_raw'],
      measurements: ['temperature'],
      forced_tags: { machine: 'press-1' },
    })
    expect(made.status).toBe(201)
    const { id, token } = made.body as { id: string; token: string }
    const own = { Authorization: `Token ${token}` }
    expect((await write('temperature v=1 1', undefined, own)).status).toBe(204)
    expect(await delivered(1)).toBe('temperature,machine=press-1 v=1 1\n')
    expect((await write('temperature,machine=press-2 v=1 1\npressure v=1 1', undefined, own)).status).toBe(400)
    expect(await errorOf(await write('temperature v=1 1', 'org=plantwatch&bucket=other', own))).toEqual([
      403,
      'forbidden',
      'insufficient permissions for write',
    ])
    expect((await api('/api/v1/tokens', 'GET', undefined, token)).status).toBe(403)
    const listed = await api('/api/v1/tokens')
    expect(listed.body).toMatchObject({ tokens: [{ id, name: 'press 1' }] })
    expect(JSON.stringify(listed.body)).not.toContain(token)
    await ingestor.close()
    await start({}, folder)
    expect((await write('temperature v=2 2', undefined, own)).status).toBe(204)
    expect((await api(`/api/v1/tokens/${id}`, 'DELETE')).status).toBe(204)
    expect((await write('temperature v=3 3', undefined, own)).status).toBe(401)
  })

  it('are refused with everything that is wrong named', async () => {
    const refused = await api('/api/v1/tokens', 'POST', { nmae: 'x', buckets: [] })
    expect([refused.status, (refused.body as { message: string }).message]).toEqual([
      400,
      expect.stringMatching(/name: [\s\S]*buckets: [\s\S]*nmae/),
    ])
    const tags = Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`t${i}`, 'v']))
    const many = await api('/api/v1/tokens', 'POST', { name: 'x', forced_tags: tags })
    expect([many.status, (many.body as { message: string }).message]).toEqual([
      400,
      expect.stringMatching(/forced_tags: must be 32 tags at most/),
    ])
  })

  it('put their tags on lines, at their longest and in any script, beside those of the context', async () => {
    const tags = Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`${i} ${'ü'.repeat(250)}`, '=💡'.repeat(80)]))
    const { body } = await api('/api/v1/tokens', 'POST', { name: 'x', forced_tags: tags })
    const token = (body as { token: string }).token
    expect((await write('m v=1 1700000000000000000', undefined, { Authorization: `Token ${token}` })).status).toBe(204)
    expect(await delivered(1)).toContain('💡 v=1 1700000000000000000')
  })
})

describe('metrics', () => {
  it('count what came in, what was refused and what waits', async () => {
    await write('m v=1 1\nbad\n')
    await delivered(1)
    const response = await fetch(`${ingestor.url}/metrics`, { headers: { Authorization: 'Token operator' } })
    const text = await response.text()
    expect(text).toContain('plantwatch_ingestor_lines_accepted_total 1\n')
    expect(text).toContain('plantwatch_ingestor_dead_letters_total{reason="syntax"} 1\n')
    expect(text).toContain('plantwatch_ingestor_series{token="operator"} 1\n')
    expect((await fetch(`${ingestor.url}/metrics`)).status).toBe(401)
  })
})

describe('a refusal', () => {
  it.each([
    [
      'a wrong token',
      'org=plantwatch&bucket=plant_raw',
      { Authorization: 'Token wrong' },
      [401, 'unauthorized', 'unauthorized access'],
    ],
    [
      'a wrong unit, before anything else',
      'precision=h',
      {},
      [400, 'invalid', 'invalid precision; valid precision units are ns, us, ms, and s'],
    ],
    ['no organization', 'bucket=plant_raw', {}, [400, 'invalid', 'Please provide either orgID or org']],
    ['an unknown organization', 'org=x&bucket=plant_raw', {}, [404, 'not found', 'organization name "x" not found']],
    [
      'an unknown organization id',
      'orgID=1111111111111111&bucket=plant_raw',
      {},
      [404, 'not found', 'organization not found'],
    ],
    ['no bucket', 'org=plantwatch', {}, [404, 'not found', 'bucket not found']],
    ['an unknown bucket', 'org=plantwatch&bucket=x', {}, [404, 'not found', 'bucket "x" not found']],
  ])('for %s has InfluxDB’s shape and words', async (_, query, headers, expected) => {
    expect(await errorOf(await write('not even a line', query, headers))).toEqual(expected)
    expect(writes()).toEqual([])
  })

  it('for a wrong method or path too', async () => {
    const method = await fetch(`${ingestor.url}/api/v2/write`)
    expect([...(await errorOf(method)), method.headers.get('Allow')]).toEqual([
      405,
      'method not allowed',
      'allow: OPTIONS, POST',
      'OPTIONS, POST',
    ])
    expect(await errorOf(await fetch(`${ingestor.url}/nowhere`))).toEqual([404, 'not found', 'path not found'])
  })

  it('for a body that is too large comes before the body has arrived', async () => {
    await ingestor.close()
    await start({ bodyBytesMax: 10_000 })
    const answer = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(`${ingestor.url}/api/v2/write?org=plantwatch&bucket=plant_raw`, {
        method: 'POST',
        headers: { Authorization: 'Token operator', 'Transfer-Encoding': 'chunked' },
      })
      request.on('response', (response) => resolve(response.statusCode!))
      request.on('error', reject)
      request.write(Buffer.alloc(20_000, 'm v=1\n')) // and no end
    })
    expect(answer).toBe(413)
    expect((await write(Buffer.alloc(20_000, 'm v=1\n').toString())).status).toBe(413)
    expect((await write('m v=1 1')).status).toBe(204)
  })

  it('for gzip that is none, is cut short, or is a bomb', async () => {
    const gzip = { 'Content-Encoding': 'gzip' }
    const packed = new Uint8Array(gzipSync('m v=1 1\n'.repeat(1000)))
    expect((await write(new Uint8Array(Buffer.from('m v=1')), undefined, gzip)).status).toBe(400)
    expect(await errorOf(await write(packed.slice(0, packed.length - 10), undefined, gzip))).toEqual([
      400,
      'invalid',
      'unable to read data: unexpected EOF',
    ])
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(64 << 20), { level: 9 }))
    expect(await write(bomb, undefined, gzip)).toMatchObject({ status: 413 })
    expect(writes()).toEqual([])
    expect((await write(packed, undefined, gzip)).status).toBe(204)
  })
})

describe('a log at its quota', () => {
  const down = (request: SeenRequest): Fault =>
    request.path.startsWith('/api/v2/write') ? { kind: 'reset' } : asStore(request)
  const batch = (number: number): string =>
    Array.from({ length: 10_000 }, (_, i) => `m,batch=b${number} v=${i},text="${'x'.repeat(60)}" ${i}`).join('\n')
  const metric = async (name: string): Promise<number> => {
    const response = await fetch(`${ingestor.url}/metrics`, { headers: { Authorization: 'Token operator' } })
    return Number(new RegExp(`^plantwatch_ingestor_${name} (\\d+)$`, 'm').exec(await response.text())?.[1])
  }
  const until = async (done: () => Promise<boolean>): Promise<void> => {
    for (let waited = 0; !(await done()); waited += 20) {
      if (waited > 20_000) throw new Error('did not come about within 20 s')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  it('refuses with 503 and says why, stays up, and takes data again once the store does', {
    timeout: 60_000,
  }, async () => {
    await ingestor.close()
    await start({ logQuotaMb: 8 })
    store.decide = down
    let accepted = 0
    let refused: Response | null = null
    for (let number = 0; refused === null; number++) {
      const response = await write(batch(number))
      if (response.status === 204) accepted++
      else refused = response
    }
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([503, null])
    expect(await refused.text()).toMatch(/the log holds \d+ bytes that the database has not taken yet, its quota is/)
    expect(accepted).toBeGreaterThan(4)
    const ready = await fetch(`${ingestor.url}/ready`)
    expect([ready.status, await ready.json()]).toEqual([503, expect.objectContaining({ status: 'unavailable' })])
    store.decide = asStore
    await until(async () => (await fetch(`${ingestor.url}/ready`)).status === 200)
    expect((await write('m,batch=after v=1i 1')).status).toBe(204)
    await until(async () => (await metric('delivery_lag_records')) === 0)
    expect(await metric('delivery_lines_total')).toBe(accepted * 10_000 + 1)
  })

  it('lets the oldest go where it is told to, and counts every line', { timeout: 60_000 }, async () => {
    await ingestor.close()
    await start({ logQuotaMb: 8, logDropOldest: true })
    store.decide = down
    const batches = 25
    for (let number = 0; number < batches; number++) expect((await write(batch(number))).status).toBe(204)
    store.decide = asStore
    await until(async () => (await metric('delivery_lag_records')) === 0)
    const dropped = await metric('lines_dropped_total{bucket="plant_raw"}')
    expect(dropped).toBeGreaterThan(50_000)
    const sent = new Set(
      writes()
        .flatMap(({ body }) => gunzipSync(body).toString().trimEnd().split('\n'))
        .map((line) => line.slice(0, line.indexOf(' '))),
    )
    expect(sent.has(`m,batch=b${batches - 1}`)).toBe(true)
    expect(await metric('delivery_lines_total')).toBe(batches * 10_000 - dropped)
  })

  it('lets the oldest of the named buckets go alone; what was acknowledged for another comes there, once', {
    timeout: 60_000,
  }, async () => {
    await ingestor.close()
    await start({ logQuotaMb: 16, logDropOldest: ['other'], reportEveryMs: 0 })
    store.decide = (request) => (request.path.startsWith('/api/v2/write') ? { kind: 'reset' } : asStore(request))
    const toOther = 'org=plantwatch&bucket=other'
    const accepted = { plant_raw: 0, other: 0 }
    let refused: Response | null = null
    for (let number = 0; refused === null; number++) {
      const isOther = number % 2 === 1
      const response = await write(batch(number), isOther ? toOther : undefined)
      if (response.status === 204) accepted[isOther ? 'other' : 'plant_raw']++
      else refused = response
    }
    // 16 MB hold 18 batches in all.
    expect(accepted.plant_raw).toBeGreaterThan(10)
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([503, null])
    expect(await refused.text()).toMatch(/nothing in it may be given up/)
    await ingestor.close()
    store.decide = asStore
    const seenBefore = store.seen.length
    await start({ logQuotaMb: 16, logDropOldest: ['other'], reportEveryMs: 0 }, folder)
    await until(async () => (await metric('delivery_lag_records')) === 0)
    const came = { plant_raw: [] as string[], other: [] as string[] }
    for (const { path, body } of store.seen.slice(seenBefore)) {
      if (!path.startsWith('/api/v2/write')) continue
      const bucket = new URL(path, 'http://store').searchParams.get('bucket') as keyof typeof came
      came[bucket].push(...gunzipSync(body).toString().trimEnd().split('\n'))
    }
    expect(new Set(came.plant_raw).size).toBe(accepted.plant_raw * 10_000)
    expect(came.plant_raw.length).toBe(accepted.plant_raw * 10_000)
    expect(new Set(came.other).size).toBe(came.other.length)
    expect(came.other.length).toBeLessThan(accepted.other * 10_000)
  })

  it('counts the lines of each bucket that goes, all of them', { timeout: 60_000 }, async () => {
    await ingestor.close()
    await start({ logQuotaMb: 16, logDropOldest: ['other'], reportEveryMs: 0 })
    store.decide = down
    for (let number = 0; number < 60; number++) {
      const bucket = number % 10 === 0 ? 'plant_raw' : 'other'
      expect((await write(batch(number), `org=plantwatch&bucket=${bucket}`)).status).toBe(204)
    }
    store.decide = asStore
    await until(async () => (await metric('delivery_lag_records')) === 0)
    const dropped = await metric('lines_dropped_total{bucket="other"}')
    expect(dropped).toBeGreaterThan(100_000)
    expect(await metric('lines_dropped_total{bucket="plant_raw"}')).toBeNaN()
    expect(await metric('delivery_lines_total')).toBe(600_000 - dropped)
  })
})

describe('a store in trouble', () => {
  it.each([
    ['is overloaded', json(503, { code: 'unavailable', message: 'x' })],
    ['wants us to wait', { kind: 'answer', status: 429, headers: { 'Retry-After': '0' } } as Fault],
    ['fails', json(500, { code: 'internal error', message: 'x' })],
    ['does not take our own token any more', json(401, { code: 'unauthorized', message: 'x' })],
    ['lost our right to write', json(403, { code: 'forbidden', message: 'x' })],
    ['lost its bucket', json(404, { code: 'not found', message: 'bucket "plant_raw" not found' })],
    ['cuts the connection', { kind: 'reset' } as Fault],
    ['loses its answer', { kind: 'lose the answer' } as Fault],
  ])('that %s is waited for, and gets everything later', async (_, fault) => {
    let faulty = true
    store.decide = (request) => (faulty && request.path.startsWith('/api/v2/write') ? fault : asStore(request))
    expect((await write('m v=1 1')).status).toBe(204)
    expect((await write('m v=2 2')).status).toBe(204)
    while (writes().length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    faulty = false
    expect(await delivered(2)).toContain('m v=2 2\n')
  })

  it('that was never reached does not keep the ingestor from starting, acknowledging and refusing in the right words', async () => {
    await store.close()
    expect((await write('m v=1 1')).status).toBe(204)
    expect((await write('bad')).status).toBe(400)
    const unknown = await write('m v=1 1', 'org=plantwatch&bucket=perhaps')
    expect([unknown.status, unknown.headers.get('Retry-After')]).toEqual([503, null])
    expect((await write('m v=1 1', undefined, { Authorization: 'Token wrong' })).status).toBe(401)
    expect(await (await fetch(`${ingestor.url}/health`)).json()).toMatchObject({ name: 'ingestor', status: 'pass' })
    store = await startFaultProxy('http://127.0.0.1:9')
  })

  it('whose bucket was deleted on purpose gets everything else; lines for that bucket become dead letters', async () => {
    const gone = json(404, { code: 'not found', message: 'bucket "other" not found' })
    store.decide = (request) => {
      const { pathname, searchParams } = new URL(request.path, 'http://store')
      if (pathname === '/api/v2/write' && searchParams.get('bucket') === 'other') return gone
      return asStore(request)
    }
    const lines = Array.from({ length: 300 }, (_, i) => `m v=${i}.5 ${i}`).join('\n')
    expect((await write(lines, 'org=plantwatch&bucket=other')).status).toBe(204)
    while (writes().length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    // Until the store itself says that there is no such bucket, everything is held.
    expect((await api('/api/v1/dead-letters')).body).toMatchObject({ dead_letters: [] })
    store.decide = (request) => {
      const { pathname, searchParams } = new URL(request.path, 'http://store')
      const isOther = searchParams.get('bucket') === 'other' || searchParams.get('name') === 'other'
      return isOther && pathname !== '/api/v2/orgs' ? gone : asStore(request)
    }
    expect((await write('m,after=a v=1 1')).status).toBe(204)
    for (;;) {
      const sent = writes().filter(({ path }) => path.includes('plant_raw'))
      if (sent.length > 0) break
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    const { dead_letters: letters } = (await api('/api/v1/dead-letters')).body as {
      dead_letters: { text: string; bucket: string; message: string }[]
    }
    expect(letters).toMatchObject([{ text: `${lines}\n`, bucket: 'other' }])
    expect(letters[0]!.message).toContain('the bucket of these 300 lines was deleted')
  })

  it('that no longer has a bucket it once had is asked anew, and 404 is what it says', async () => {
    expect((await write('m v=1 1', 'org=plantwatch&bucket=other')).status).toBe(204)
    await delivered(1)
    store.decide = (request) =>
      request.path.startsWith('/api/v2/write')
        ? json(404, { code: 'not found', message: 'bucket "other" not found' })
        : json(200, { buckets: [] })
    expect((await write('m v=2 2', 'org=plantwatch&bucket=other')).status).toBe(204)
    while (writes().length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await errorOf(await write('m v=3 3', 'org=plantwatch&bucket=other'))).toEqual([
      404,
      'not found',
      'bucket "other" not found',
    ])
  })
})
