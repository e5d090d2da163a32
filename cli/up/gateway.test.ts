import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Listening, listen } from '../../lib/http/listen.ts'
import { createGateway, type GatewayPart } from './gateway.ts'
import { healthResponse, readyResponse } from './health.ts'
import { mergeOpenApi } from './openapi.ts'
import { partFor } from './routes.ts'
import { Sessions } from './session.ts'

const operator = 'operator-token'
let closers: (() => Promise<unknown>)[] = []
let sessions: Sessions
let gateway: Listening
let board: { fetch: (request: Request) => Response } | null

/** A part that tells what reached it. */
async function part(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  options: Partial<GatewayPart> = {},
): Promise<GatewayPart> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      }),
  )
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), checks: 'sender', ...options }
}

const echo = (name: string) => (request: IncomingMessage, response: ServerResponse) => {
  const parts: Buffer[] = []
  request.on('data', (data: Buffer) => parts.push(data))
  request.on('end', () =>
    response
      .writeHead(200, { 'X-Part': name })
      .end(JSON.stringify({ name, url: request.url, headers: request.headers, body: Buffer.concat(parts).toString() })),
  )
}

async function start(parts: Partial<Record<'store' | 'ingestor' | 'analytics', GatewayPart>>): Promise<void> {
  const handler = createGateway({
    parts: { store: null, ingestor: null, analytics: null, ...parts },
    sessions,
    health: async () => healthResponse([{ name: 'store', status: 'pass' }], '1'),
    ready: async () => readyResponse(Date.now(), []),
    progress: () => ({ phase: 'history', done: 1, total: 2, message: '' }),
    plant: null,
    board: () => board,
    log: () => {},
  })
  gateway = await listen(handler, { host: '127.0.0.1', port: 0, what: 'gateway' })
  closers.push(() => gateway.close(0))
}

beforeEach(async () => {
  board = { fetch: () => new Response('the board') }
  sessions = await Sessions.open(operator, null)
})
afterEach(async () => {
  await Promise.all(closers.map((close) => close()))
  closers = []
})

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(gateway.url + path, { headers, redirect: 'manual' })

describe('the table of routes', () => {
  it.each([
    ['/api/v2/write', 'ingestor'],
    ['/write', 'ingestor'],
    ['/api/v2/write/', 'store'],
    ['/api/v2/query', 'store'],
    ['/api/v2', 'store'],
    ['/ping', 'store'],
    ['/api/v1/jobs/moments/runs', 'analytics'],
    ['/api/v1/jobsearch', null],
    ['/api/v1/dead-letters', 'ingestor'],
    ['/context', 'ingestor'],
    ['/context/more', null],
    ['/', null],
    ['/health', null],
    ['/writes', null],
  ])('sends %s to %s', (path, name) => expect(partFor(path)).toBe(name))
})

describe('passing on', () => {
  it('keeps path, parameters and body, and tells where the request came from', async () => {
    await start({ ingestor: await part(echo('ingestor')) })
    const response = await fetch(`${gateway.url}/api/v2/write?org=a%20b&bucket=c`, {
      method: 'POST',
      body: 'm v=1',
      headers: { Authorization: 'Token abc', Cookie: 'plantwatch-session=secret' },
    })
    expect(response.headers.get('X-Part')).toBe('ingestor')
    const seen = (await response.json()) as { url: string; body: string; headers: Record<string, string> }
    expect(seen).toMatchObject({ url: '/api/v2/write?org=a%20b&bucket=c', body: 'm v=1' })
    expect(seen.headers).toMatchObject({
      authorization: 'Token abc',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': new URL(gateway.url).host,
    })
    expect(seen.headers['cookie']).toBeUndefined()
  })

  it('streams both ways: an answer begins before the request has ended', async () => {
    await start({ store: await part((request, response) => request.pipe(response)) })
    const request = httpRequest(`${gateway.url}/api/v2/query`, { method: 'POST' })
    request.write('first ')
    const response = await new Promise<IncomingMessage>((resolve) => request.on('response', resolve))
    let text = ''
    const first = new Promise<void>((resolve) =>
      response.on('data', (data: Buffer) => {
        text += data.toString()
        resolve()
      }),
    )
    await first
    expect(text).toBe('first ')
    request.end('second')
    await new Promise((resolve) => response.on('end', resolve))
    expect(text).toBe('first second')
  })

  it('answers 503 in InfluxDB’s shape, without Retry-After, when a part is down', async () => {
    const gone = await part(echo('gone'))
    await Promise.all(closers.splice(0).map((close) => close()))
    await start({ store: gone })
    const response = await fetch(`${gateway.url}/api/v2/query`, { method: 'POST', body: 'x'.repeat(100_000) })
    expect(response.status).toBe(503)
    expect(response.headers.get('Retry-After')).toBeNull()
    expect(response.headers.get('X-Platform-Error-Code')).toBe('unavailable')
    expect(await response.json()).toEqual({
      code: 'unavailable',
      message: 'the store does not answer at the moment; try again',
    })
  })

  it('cuts the connection when an answer breaks off, so that half an answer never looks whole', async () => {
    await start({
      store: await part((_, response) => {
        response.writeHead(200, { 'Content-Type': 'text/csv' })
        response.write('half', () => response.destroy())
      }),
    })
    await expect(get('/api/v2/query').then((response) => response.text())).rejects.toThrow()
  })

  it('ends a part’s work when the sender leaves', async () => {
    let ended = (): void => {}
    const end = new Promise<void>((resolve) => {
      ended = resolve
    })
    await start({
      store: await part((_, response) => {
        response.writeHead(200)
        response.write('working')
        response.on('close', ended)
      }),
    })
    const leave = new AbortController()
    const response = await fetch(`${gateway.url}/api/v2/query`, { signal: leave.signal })
    await response.body!.getReader().read()
    leave.abort()
    await end
  })

  it('gives an InfluxDB of the user’s its own token instead of the operator’s, and other tokens as they are', async () => {
    await start({ store: await part(echo('store'), { token: 'influx-token' }) })
    const authorizationFor = async (token: string) =>
      (
        (await (await get('/api/v2/buckets', { Authorization: `Token ${token}` })).json()) as {
          headers: Record<string, string>
        }
      ).headers['authorization']
    expect(await authorizationFor(operator)).toBe('Token influx-token')
    expect(await authorizationFor('somebody')).toBe('Token somebody')
  })

  it('lets only the operator and signed-in readers through to a part that checks nobody', async () => {
    await start({ analytics: await part(echo('analytics'), { checks: 'gateway', token: operator }) })
    const refused = await get('/api/v1/jobs')
    expect(refused.status).toBe(401)
    expect(await refused.json()).toEqual({ code: 'unauthorized', message: 'unauthorized access' })
    expect((await get('/api/v1/jobs', { Authorization: `Bearer ${operator}` })).status).toBe(200)
    const cookie = `${sessions.cookieName}=${await sessions.signIn(operator)}`
    expect((await get('/api/v1/jobs', { Cookie: cookie })).status).toBe(200)
    expect(
      (await fetch(`${gateway.url}/api/v1/jobs/moments/runs`, { method: 'POST', headers: { Cookie: cookie } })).status,
    ).toBe(401)
  })

  it('lets signed-in people say what runs, from a page of this address, and nothing else of the ingestor', async () => {
    await start({ ingestor: await part(echo('ingestor'), { token: operator }) })
    const cookie = `${sessions.cookieName}=${await sessions.signIn(operator)}`
    const seen = async (path: string, init: RequestInit): Promise<string | undefined> => {
      const response = await fetch(gateway.url + path, init)
      return ((await response.json()) as { headers: Record<string, string> }).headers['authorization']
    }
    const here = { Cookie: cookie, Origin: gateway.url }
    expect(await seen('/api/v1/context/machines', { headers: { Cookie: cookie } })).toBe(`Token ${operator}`)
    expect(await seen('/api/v1/context/machines/m', { method: 'PUT', body: '{}', headers: here })).toBe(
      `Token ${operator}`,
    )
    const elsewhere = { Cookie: cookie, Origin: 'http://127.0.0.1:1' }
    expect(await seen('/api/v1/context/machines/m', { method: 'PUT', body: '{}', headers: elsewhere })).toBeUndefined()
    expect(await seen('/api/v1/context/machines', {})).toBeUndefined()
    expect(await seen('/api/v1/tokens', { headers: here })).toBeUndefined()
    expect(await seen('/api/v1/context/machines', { headers: { Cookie: cookie, Authorization: 'Token device' } })).toBe(
      'Token device',
    )
  })

  it('survives a sender that breaks off in the middle of its body', async () => {
    await start({ ingestor: await part(echo('ingestor')) })
    await new Promise<void>((resolve) => {
      const request = httpRequest(`${gateway.url}/api/v2/write`, {
        method: 'POST',
        headers: { 'Content-Length': 1000 },
      })
      request.on('error', () => resolve())
      request.write('half', () => request.destroy(new Error('gone')))
    })
    expect((await get('/write')).status).toBe(200)
  })
})

describe('signing in', () => {
  const pageHeaders = { Accept: 'text/html' }

  it('changes the key of the printed link for an HttpOnly cookie, once', async () => {
    await start({})
    const key = sessions.newKey()
    expect((await get('/', pageHeaders)).headers.get('Location')).toBe('/sign-in')
    expect((await get('/api/v1/progress')).status).toBe(401)
    expect((await fetch(`${gateway.url}/sign-in?key=${key}`, { method: 'HEAD' })).status).toBe(200)
    const signedIn = await get(`/sign-in?key=${key}`)
    expect([signedIn.status, signedIn.headers.get('Location')]).toEqual([303, '/'])
    const cookie = signedIn.headers.get('Set-Cookie')!
    expect(cookie).toMatch(/^plantwatch-session-[0-9a-f]{8}=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/)
    const headers = { Cookie: cookie.split(';')[0]! }
    expect(await (await get('/', headers)).text()).toBe('the board')
    expect(await (await get('/api/v1/progress', headers)).json()).toEqual({
      phase: 'history',
      done: 1,
      total: 2,
      message: '',
    })
    const again = await get(`/sign-in?key=${key}`)
    expect(again.status).toBe(401)
    expect(await again.text()).toContain('This link was used before')
    expect((await get(`/sign-in?key=${key}`, headers)).headers.get('Location')).toBe('/')
  })

  it('takes the operator’s token from a form, and nothing else', async () => {
    await start({})
    const post = (token: string) =>
      fetch(`${gateway.url}/sign-in`, { method: 'POST', body: new URLSearchParams({ token }), redirect: 'manual' })
    expect((await post('wrong')).status).toBe(401)
    const signedIn = await post(operator)
    const headers = { Cookie: signedIn.headers.get('Set-Cookie')!.split(';')[0]! }
    expect((await get('/', headers)).status).toBe(200)
    await fetch(`${gateway.url}/sign-out`, { method: 'POST', headers, redirect: 'manual' })
    expect((await get('/', { ...headers, ...pageHeaders })).headers.get('Location')).toBe('/sign-in')
  })

  it('shows a page that waits while the board is put together', async () => {
    board = null
    await start({})
    const headers = { Cookie: `${sessions.cookieName}=${await sessions.signIn(operator)}` }
    expect(await (await get('/', { ...headers, ...pageHeaders })).text()).toContain('Plantwatch is starting')
    expect((await get('/assets/x.js', headers)).status).toBe(503)
  })

  it('leaves health and readiness open to everybody', async () => {
    await start({})
    expect(await (await get('/health')).json()).toMatchObject({
      name: 'plantwatch',
      status: 'pass',
      checks: [{ name: 'store', status: 'pass' }],
    })
    expect(await (await get('/ready')).json()).toMatchObject({ status: 'ready' })
  })
})

describe('the merged OpenAPI document', () => {
  it('holds the gateway’s own paths and those of the parts that have a document', async () => {
    await start({
      ingestor: await part((_, response) => response.writeHead(404).end()),
      analytics: await part((_, response) =>
        response.end(
          JSON.stringify({ openapi: '3.1.0', info: {}, paths: { '/api/v1/jobs': { get: {} }, '/health': {} } }),
        ),
      ),
    })
    const document = (await (await get('/api/v1/openapi.json', { Authorization: `Token ${operator}` })).json()) as {
      openapi: string
      paths: Record<string, unknown>
    }
    expect(document.openapi).toBe('3.1.0')
    expect(Object.keys(document.paths)).toEqual([
      '/health',
      '/ready',
      '/api/v1/progress',
      '/api/v1/plant',
      '/api/v1/jobs',
    ])
  })

  it('is shown as a page to whoever is signed in, and to nobody else', async () => {
    await start({
      ingestor: await part((_, response) =>
        response.end(
          JSON.stringify({ openapi: '3.1.0', info: {}, paths: { '/api/v2/write': { post: { summary: 'Lines' } } } }),
        ),
      ),
    })
    expect((await get('/api')).status).toBe(401)
    const page = await (await get('/api', { Authorization: `Token ${operator}` })).text()
    expect(page).toContain('POST /api/v2/write')
    expect(page).toContain('GET /api/v1/plant')
  })

  it('refuses two parts that describe one path', () => {
    const one = { openapi: '3.1.0', info: { title: '', version: '' }, paths: { '/api/v1/jobs': {} } }
    expect(() => mergeOpenApi([one, one])).toThrow('two parts describe /api/v1/jobs')
  })
})

it('health fails when a part does, and names it', async () => {
  const response = healthResponse(
    [
      { name: 'store', status: 'pass' },
      { name: 'analytics', status: 'fail', message: 'does not answer' },
    ],
    '1',
  )
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({ status: 'fail', message: 'not well: analytics' })
  expect(readyResponse(0, ['analytics']).status).toBe(503)
})

it('a sender that reads slowly does not make the gateway hold the answer', async () => {
  const sent = { bytes: 0 }
  await start({
    store: await part((_, response) => {
      response.writeHead(200)
      const more = (): void => {
        while (sent.bytes < 200 << 20) {
          sent.bytes += 1 << 20
          if (!response.write(Buffer.alloc(1 << 20))) return void response.once('drain', more)
        }
        response.end()
      }
      more()
    }),
  })
  const response = await new Promise<IncomingMessage>((resolve) =>
    httpRequest(`${gateway.url}/api/v2/query`, resolve).end(),
  )
  response.once('readable', () => response.read(1))
  await expect.poll(() => sent.bytes, { interval: 50 }).toBeGreaterThan(0)
  let before = -1
  await expect
    .poll(
      () => {
        const stands = sent.bytes === before
        before = sent.bytes
        return stands
      },
      { interval: 100, timeout: 5_000 },
    )
    .toBe(true)
  expect(sent.bytes).toBeLessThan(50 << 20)
  response.pipe(new Writable({ write: (_part, _encoding, done) => done() }))
  await new Promise((resolve) => response.on('end', resolve))
})
