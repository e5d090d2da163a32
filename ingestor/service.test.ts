import { request as httpRequest } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Fault, type FaultProxy, type SeenRequest, startFaultProxy } from '../test/support/fault-proxy.ts'
import { temporaryFolder } from '../test/support/temporary-folder.ts'
import { defaultLimits, type Ingestor, type IngestorLimits, startIngestor } from './service.ts'

/** A store that takes everything, knows the bucket `other`, and keeps what it was sent. */
let store: FaultProxy
let ingestor: Ingestor
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

async function start(limits: Partial<IngestorLimits> = {}): Promise<void> {
  ingestor = await startIngestor({
    host: '127.0.0.1',
    port: 0,
    dataDir: await temporaryFolder(),
    influx: { url: store.url, token: 'store-token', org: 'plantwatch', bucket: 'plant_raw' },
    operatorToken: 'operator',
    limits: { ...defaultLimits, ...limits },
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
const errorOf = async (response: Response) => [
  response.status,
  response.headers.get('X-Platform-Error-Code'),
  ((await response.json()) as { message: string }).message,
]

describe('a batch without a fault', () => {
  it('goes to the store byte for byte, and 204 comes after the store’s own', async () => {
    const body = 'm,t=a v=1 1600000000000000000\nm,t=b v=2i 1600000000000000001\n'
    let storeAnswered = false
    store.decide = (request) => {
      storeAnswered = true
      return asStore(request)
    }
    const response = await write(body, 'org=plantwatch&bucket=plant_raw&precision=ns')
    expect([response.status, await response.text(), storeAnswered]).toEqual([204, '', true])
    expect(writes().map((seen) => [seen.path, seen.body.toString()])).toEqual([
      ['/api/v2/write?org=plantwatch&bucket=plant_raw&precision=ns', body],
    ])
  })

  it('gets the time of its arrival where a line has none, in the unit of the request', async () => {
    const before = Math.floor(Date.now() / 1000)
    expect((await write('m v=1\nm v=2 1600000000', 'org=plantwatch&bucket=plant_raw&precision=s')).status).toBe(204)
    const lines = writes()[0]!.body.toString().trimEnd().split('\n')
    const stamp = Number(/^m v=1 (\d+)$/.exec(lines[0]!)?.[1])
    expect(stamp).toBeGreaterThanOrEqual(before)
    expect(stamp).toBeLessThanOrEqual(Date.now() / 1000)
    expect(lines[1]).toBe('m v=2 1600000000')
  })

  it('loses its carriage returns, but not those inside a text', async () => {
    expect((await write('m v=1 1\r\nm v="a\r\nb" 2\r\n\r\n# note\r\nm v=3 3')).status).toBe(204)
    expect(writes()[0]!.body.toString().trimEnd()).toBe('m v=1 1\nm v="a\r\nb" 2\nm v=3 3')
  })

  it('may be empty, or hold comments alone: nothing goes to the store', async () => {
    expect((await write('')).status).toBe(204)
    expect((await write('\n\n# only a note\n')).status).toBe(204)
    expect((await write(new Uint8Array(0), undefined, { 'Content-Encoding': 'gzip' })).status).toBe(204)
    expect(writes()).toEqual([])
  })

  it('may be named by ids and go to a bucket that only the store knows', async () => {
    expect((await write('m v=1 1', 'orgID=fedcba9876543210&bucket=other')).status).toBe(204)
    expect((await write('m v=1 1', 'org=plantwatch&bucket=0123456789abcdef')).status).toBe(204)
    expect(writes().map(({ path }) => path)).toEqual(
      Array(2).fill('/api/v2/write?org=plantwatch&bucket=other&precision=ns'),
    )
    const asked = store.seen.length
    expect((await write('m v=1 1', 'org=plantwatch&bucket=other')).status).toBe(204)
    expect(store.seen.length).toBe(asked + 1)
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
      /^partial write: 3 of 5 lines are no points and were dropped, the others are stored:\nline 2: .+\nline 4: .+\nand 1 more$/,
    )
    expect(writes()[0]!.body.toString().trimEnd()).toBe('m v=1 1\nm v=2 2')
  })

  it('alone are 400, and the store is not asked', async () => {
    expect((await write('bad\nworse')).status).toBe(400)
    expect(writes()).toEqual([])
  })

  it('come together with what the store itself dropped', async () => {
    store.decide = (request) =>
      request.path.startsWith('/api/v2/write')
        ? json(422, {
            code: 'unprocessable entity',
            message: 'failure writing points to database: partial write: field type conflict dropped=1',
          })
        : asStore(request)
    const alone = await errorOf(await write('m v=1 1'))
    expect(alone).toEqual([
      422,
      'unprocessable entity',
      'failure writing points to database: partial write: field type conflict dropped=1',
    ])
    const both = await errorOf(await write('m v=1 1\nbad'))
    expect(both[0]).toBe(422)
    expect(both[2]).toMatch(/^failure writing points[\s\S]*\npartial write: 1 of 2 lines[\s\S]*line 2: /)
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

describe('a store in trouble', () => {
  const answers = async (fault: Fault): Promise<unknown[]> => {
    store.decide = (request) => (request.path.startsWith('/api/v2/write') ? fault : asStore(request))
    const response = await write('m v=1 1')
    return [response.status, response.headers.get('Retry-After')]
  }

  it.each([
    ['is overloaded', json(503, { code: 'unavailable', message: 'x' })],
    ['wants us to wait', { kind: 'answer', status: 429, headers: { 'Retry-After': '3' } } as Fault],
    ['fails', json(500, { code: 'internal error', message: 'x' })],
    ['does not take our own token any more', json(401, { code: 'unauthorized', message: 'x' })],
    ['lost our right to write', json(403, { code: 'forbidden', message: 'x' })],
    [
      'lost a bucket that is there by definition',
      json(404, { code: 'not found', message: 'bucket "plant_raw" not found' }),
    ],
    ['cuts the connection', { kind: 'reset' } as Fault],
  ])('that %s is 503 without Retry-After: the sender keeps its batch', async (_, fault) => {
    expect(await answers(fault)).toEqual([503, null])
  })

  it('that does not answer in time is 503', async () => {
    await ingestor.close()
    await start({ storeTimeoutMs: 100 })
    expect(await answers({ kind: 'hang' })).toEqual([503, null])
  })

  it('that was never reached does not keep the ingestor from starting and refusing with the right words', async () => {
    await store.close()
    expect((await write('m v=1 1')).status).toBe(503)
    expect((await write('bad')).status).toBe(400)
    expect((await write('m v=1 1', 'org=plantwatch&bucket=perhaps')).status).toBe(503)
    expect((await write('m v=1 1', undefined, { Authorization: 'Token wrong' })).status).toBe(401)
    expect(await (await fetch(`${ingestor.url}/health`)).json()).toMatchObject({ name: 'ingestor', status: 'pass' })
    store = await startFaultProxy('http://127.0.0.1:9')
  })

  it('that no longer has a bucket it once had is 404 for that bucket', async () => {
    expect((await write('m v=1 1', 'org=plantwatch&bucket=other')).status).toBe(204)
    store.decide = (request) =>
      request.path.startsWith('/api/v2/write')
        ? json(404, { code: 'not found', message: 'bucket "other" not found' })
        : json(200, { buckets: [] })
    expect(await errorOf(await write('m v=1 1', 'org=plantwatch&bucket=other'))).toEqual([
      404,
      'not found',
      'bucket "other" not found',
    ])
  })
})
