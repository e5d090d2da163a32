import { type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestStore } from '../../test/support/store.ts'
import { defaultPoolOptions } from '../evaluation/pool.ts'
import type { Store } from '../service.ts'

const token = 'operator-token'
let store: Store

beforeAll(async () => {
  store = await startTestStore({
    bootstrap: { org: 'works', bucket: 'plant', token },
    queries: {
      ...defaultPoolOptions,
      workersMax: 2,
      limits: { rowsMax: 5_000_000, bytesMax: 64 * 1024 ** 2, timeoutMs: 3_000 },
    },
    log: () => {},
  })
})
afterAll(() => store.close())

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** As it comes over the wire, nothing decompressed. */
function send(path: string, body: string, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${store.url}${path}`,
      { method: 'POST', headers: { Authorization: `Token ${token}`, ...headers }, ...(signal && { signal }) },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', reject)
        response.on('end', () =>
          resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts) }),
        )
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}
const ask = (script: string, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Answer> =>
  send('/api/v2/query?org=works', script, { 'Content-Type': 'application/vnd.flux', ...headers }, signal)
const write = (lines: string): Promise<Answer> => send('/api/v2/write?org=works&bucket=plant', lines)

const metric = async (name: string): Promise<number> => {
  const text = await (await fetch(`${store.url}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)![1])
}
const running = (): Promise<number> => metric('plantwatch_store_queries_running')
const untilIdle = async (): Promise<void> => {
  while ((await running()) > 0) await sleep(20)
}

const rowsOf = (count: number): string =>
  `import "array"\narray.from(rows: [${Array.from({ length: count }, (_, i) => `{x: ${i}}`).join(', ')}])`
/** Runs for minutes if nobody ends it, within one table. */
const endless = `import "generate"
generate.from(count: 4000000, start: 2026-01-01T00:00:00Z, stop: 2026-02-01T00:00:00Z, fn: (n) => n)
  |> map(fn: (r) => ({r with _value: r._value + 1}))
  |> map(fn: (r) => ({r with _value: r._value * 2}))
  |> map(fn: (r) => ({r with text: string(v: r._value)}))
  |> map(fn: (r) => ({r with text: r.text + r.text}))`

describe('answers on the wire', () => {
  it('compresses what is large, for who takes gzip', async () => {
    const large = await ask(rowsOf(500), { 'Accept-Encoding': 'gzip' })
    expect(large.headers['content-encoding']).toBe('gzip')
    expect(large.headers['content-type']).toBe('text/csv; charset=utf-8')
    const text = gunzipSync(large.body).toString()
    expect(text.match(/\r\n/g)).toHaveLength(502)
    const plain = await ask(rowsOf(500))
    expect([plain.headers['content-encoding'], plain.body.toString()]).toEqual([undefined, text])
    const small = await ask(rowsOf(3), { 'Accept-Encoding': 'gzip' })
    expect([small.headers['content-encoding'], small.headers['vary']]).toEqual([undefined, 'Accept-Encoding'])
  })

  it('answers nothing to who prefers no content, whatever happens, and does what the script says', async () => {
    const prefer = { Prefer: 'return-no-content' }
    const wrote = await ask(
      'import "array"\narray.from(rows: [{_time: 2026-01-01T00:00:00Z, _measurement: "quiet", _field: "v", _value: 1.5}]) |> to(bucket: "plant")',
      prefer,
    )
    expect([wrote.status, wrote.body.length]).toEqual([204, 0])
    expect(
      (
        await ask('from(bucket: "plant") |> range(start: 0) |> filter(fn: (r) => r._measurement == "quiet")')
      ).body.toString(),
    ).toContain(',1.5,')
    expect((await ask('this is no Flux (', prefer)).status).toBe(204)
  })

  it('answers the error alone to who prefers that', async () => {
    const prefer = { Prefer: 'return-no-content-with-error' }
    const fine = await ask(rowsOf(3), prefer)
    expect([fine.status, fine.body.toString()]).toEqual([200, ''])
    const wrong = await ask('x = nobody', prefer)
    expect([wrong.status, wrong.body.toString()]).toEqual([
      200,
      ',error,reference\r\n,error @1:5-1:11: undefined identifier nobody,\r\n',
    ])
  })
})

describe('queries that nobody needs or that need too much', () => {
  it('ends a query soon after its client has left', async () => {
    const leaving = new AbortController()
    const left = ask(endless, {}, leaving.signal).catch((error: Error) => error.name)
    while ((await running()) === 0) await sleep(10)
    leaving.abort()
    const leftMs = performance.now()
    expect(await left).toBe('AbortError')
    await untilIdle()
    expect(performance.now() - leftMs).toBeLessThan(4_000)
  })

  it('takes those who wait out of the line when they leave', async () => {
    const leaving = new AbortController()
    const all = Array.from({ length: 6 }, () => ask(endless, {}, leaving.signal).catch(() => 'left'))
    while ((await metric('plantwatch_store_queries_waiting')) < 4) await sleep(10)
    leaving.abort()
    await Promise.all(all)
    await untilIdle()
    expect(await metric('plantwatch_store_queries_waiting')).toBe(0)
    expect((await ask(rowsOf(1))).status).toBe(200)
  })

  it('refuses a pivot that grows without bounds, in words, while writes go on', async () => {
    const lines = Array.from({ length: 4_000 }, (_, i) => `wide,machine=m${i} v=${i} ${i + 1}`).join('\n')
    expect((await write(lines)).status).toBe(204)
    const pivot = ask(
      'from(bucket: "plant") |> range(start: 0) |> filter(fn: (r) => r._measurement == "wide") |> group() |> pivot(rowKey: ["_time"], columnKey: ["machine"], valueColumn: "_value")',
    )
    const statuses: number[] = []
    let ended = false
    void pivot.finally(() => {
      ended = true
    })
    do statuses.push((await write(`meanwhile v=1 ${statuses.length}`)).status)
    while (!ended)
    const { status, body } = await pivot
    expect(status).toBe(503)
    expect(JSON.parse(body.toString())).toEqual({
      code: 'unavailable',
      message: expect.stringContaining(
        'the limit of the embedded store; narrow its range or aggregate earlier',
      ) as string,
    })
    expect(new Set(statuses)).toEqual(new Set([204]))
    const count = await ask(
      'from(bucket: "plant") |> range(start: 0) |> filter(fn: (r) => r._measurement == "meanwhile") |> count()',
    )
    expect(count.body.toString()).toContain(`,${statuses.length}`)
  })

  it('refuses queries that take too long, in words, and serves those who waited for their workers', async () => {
    const [first, second, waiting] = await Promise.all([ask(endless), ask(endless), ask(rowsOf(1))])
    expect(waiting.status).toBe(200)
    expect(second.status).toBe(503)
    expect([first.status, JSON.parse(first.body.toString())]).toEqual([
      503,
      {
        code: 'unavailable',
        message: 'query took longer than the limit of 3000 ms; narrow its range or aggregate earlier',
      },
    ])
  })
})
