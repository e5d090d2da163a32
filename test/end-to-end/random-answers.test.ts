import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { defaultLimits, type Ingestor, startIngestor } from '../../ingestor/service.ts'
import type { Store } from '../../store/service.ts'
import { type Fault, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts'
import { randomFrom } from '../support/simulated-disk.ts'
import { settled } from '../support/stack.ts'
import { startTestStore } from '../support/store.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const storeTimeoutMs = 250
let store: Store
let proxy: FaultProxy
let ingestor: Ingestor
beforeEach(async () => {
  store = await startTestStore({ bootstrap: { org: 'o', bucket: 'plant_raw', token: 'operator' }, log: () => {} })
  proxy = await startFaultProxy(store.url)
  ingestor = await startIngestor({
    host: '127.0.0.1',
    port: 0,
    dataDir: await temporaryFolder(),
    influx: { url: proxy.url, token: 'operator', org: 'o', bucket: 'plant_raw' },
    operatorToken: 'operator',
    limits: { ...defaultLimits, reportEveryMs: 0, storeTimeoutMs },
    lateMarksEveryMs: 3_600_000,
    segmentBytes: 4 << 20,
    log: () => {},
  })
})
afterEach(async () => {
  await ingestor?.close()
  await proxy?.close()
  await store?.close()
})

const headers = { Authorization: 'Token operator' }
const lineOf = (id: number): string => `answers,id=${id} v=${id}i ${1_700_000_000_000_000_000n + BigInt(id)}`
async function write(ids: readonly number[]): Promise<void> {
  const url = `${ingestor.url}/api/v2/write?org=o&bucket=plant_raw`
  const response = await fetch(url, { method: 'POST', body: ids.map(lineOf).join('\n'), headers })
  expect(response.status).toBe(204)
}
/** Ids of the points that the store has, each as often as it is there. */
async function stored(): Promise<number[]> {
  const response = await fetch(`${store.url}/api/v2/query?org=o`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/vnd.flux' },
    body: 'from(bucket: "plant_raw") |> range(start: 2020-01-01T00:00:00Z) |> group() |> keep(columns: ["id", "_value"])',
  })
  const [head, ...rows] = (await response.text()).trim().split('\r\n')
  const columns = head!.split(',')
  return rows.map((row) => {
    const cells = row.split(',')
    expect(cells[columns.indexOf('id')]).toBe(cells[columns.indexOf('_value')])
    return Number(cells[columns.indexOf('id')])
  })
}
interface Letter {
  readonly text: string
  readonly reason: string
}
async function openLetters(): Promise<Letter[]> {
  const response = await fetch(`${ingestor.url}/api/v1/dead-letters?state=open&limit=1000`, { headers })
  return ((await response.json()) as { dead_letters: Letter[] }).dead_letters
}
const isWrite = (path: string): boolean => path.startsWith('/api/v2/write')
const says = (status: number): Fault => ({
  kind: 'answer',
  status,
  body: JSON.stringify({ code: 'invalid', message: `a made-up ${status}` }),
  ...(status === 429 ? { headers: { 'Retry-After': '0' } } : {}),
})

const ascending = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b)
const range = (count: number): number[] => Array.from({ length: count }, (_, id) => id)

it('a database that answers 400, 413, 422, 429 and 500 at random, hangs, stalls half-way and drips gets every line, or a dead letter holds it that can be sent again', {
  timeout: 60_000,
}, async () => {
  const seed = Date.now() % 1_000_000
  console.log(`seed ${seed}`)
  const random = randomFrom(seed)
  const seen = new Map<string, number>()
  const verdicts = [400, 413, 422].map((status) => [String(status), says(status)] as const)
  const troubles: readonly (readonly [name: string, fault: Fault])[] = [
    ['429', says(429)],
    ['500', says(500)],
    ['hang', { kind: 'hang' }],
    ['stall', { kind: 'stall', status: 400 }],
    ['drip', { kind: 'stall', status: 500, dripMs: 20 }],
    ['reset', { kind: 'reset' }],
    ['lose the answer', { kind: 'lose the answer' }],
  ]
  const oneOf = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!
  // Each at least once, whatever chance says; a verdict between two troubles keeps the waits short.
  const first = troubles.flatMap((trouble, i) => [trouble, verdicts[i % verdicts.length]!])
  proxy.decide = ({ path, body }) => {
    if (!isWrite(path)) return { kind: 'pass' }
    const isDisliked = /id=\d*3 /.test(gunzipSync(body).toString())
    const chance = random()
    const [name, fault] =
      first.shift() ??
      (chance < 0.02
        ? oneOf(troubles)
        : chance < (isDisliked ? 1 : 0.15)
          ? oneOf(verdicts)
          : (['pass', { kind: 'pass' }] as const))
    seen.set(name, (seen.get(name) ?? 0) + 1)
    return fault
  }
  const count = 200
  for (let id = 0; id < count; id += 10) await write(range(10).map((i) => id + i))
  await settled({ url: ingestor.url, token: 'operator' })
  for (const [name] of [...verdicts, ...troubles]) expect(seen.get(name), name).toBeGreaterThan(0)
  const there = await stored()
  expect(new Set(there).size).toBe(there.length)
  const letters = await openLetters()
  expect(letters.every(({ reason }) => reason === 'refused' || reason === 'too large')).toBe(true)
  const lineIds = new Map(range(count).map((id) => [lineOf(id), id]))
  const inLetters = letters.map(({ text }) => lineIds.get(text.trim())!)
  expect(inLetters).not.toContain(undefined)
  expect(inLetters.length).toBeGreaterThan(0)
  expect(ascending(new Set([...there, ...inLetters]))).toEqual(range(count))
  proxy.decide = () => ({ kind: 'pass' })
  const replay = await fetch(`${ingestor.url}/api/v1/dead-letters/replay`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: '{}',
  })
  expect(await replay.json()).toMatchObject({ replayed: letters.length, failed: [] })
  await settled({ url: ingestor.url, token: 'operator' })
  expect(ascending(await stored())).toEqual(range(count))
  expect(await openLetters()).toEqual([])
})

it.each([
  ['never answers', { kind: 'hang' }],
  ['answers half and stalls', { kind: 'stall', status: 400 }],
  ['answers half and drips for ever', { kind: 'stall', status: 400, dripMs: 20 }],
] as const satisfies readonly (readonly [string, Fault])[])(
  'a database that %s is given up after store_timeout_ms, said to be in trouble, and gets everything once it is well',
  async (_, fault) => {
    let isIll = true
    proxy.decide = ({ path }) => (isIll && isWrite(path) ? fault : { kind: 'pass' })
    await write(range(20))
    const tried = (): number => proxy.seen.filter(({ path }) => isWrite(path)).length
    const startedMs = performance.now()
    while (tried() < 3) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(performance.now() - startedMs).toBeLessThan(8 * storeTimeoutMs + 3_000)
    const { checks } = (await (await fetch(`${ingestor.url}/health`)).json()) as { checks: { message: string }[] }
    expect(checks[0]!.message).toMatch(/no whole answer within 250 ms/)
    isIll = false
    await settled({ url: ingestor.url, token: 'operator' })
    expect(ascending(await stored())).toEqual(range(20))
    expect(await openLetters()).toEqual([])
  },
  30_000,
)
