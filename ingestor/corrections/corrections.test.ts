import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { DecodedTable } from '../../lib/annotated-csv/decode.ts'
import { InfluxClient } from '../../lib/influx/client.ts'
import type { Store } from '../../store/service.ts'
import { startTestStore } from '../../test/support/store.ts'
import { makeTemporaryFolder, removeFolder } from '../../test/support/temporary-folder.ts'
import { ContextBook } from '../context/book.ts'
import type { ContextValues } from '../context/interval.ts'
import { type Ingestor, type IngestorOptions, startIngestor } from '../service.ts'
import type { CorrectionStep } from './corrections.ts'

const token = 'store-token'
const org = 'plantwatch'
const bucket = 'plant_raw'

let store: Store
let influx: InfluxClient
let ingestor: Ingestor
let folder: string
let folders: string[] = []

beforeAll(async () => {
  store = await startTestStore({ bootstrap: { org, bucket, token } })
  influx = new InfluxClient({ url: store.url, token, org, bucket })
  const headers = { Authorization: `Token ${token}`, 'Content-Type': 'application/json' }
  const orgs = (await (await fetch(`${store.url}/api/v2/orgs`, { headers })).json()) as { orgs: { id: string }[] }
  for (const name of ['plant_derived', 'plant_quarantine'])
    await fetch(`${store.url}/api/v2/buckets`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ name, orgID: orgs.orgs[0]!.id, retentionRules: [] }),
    })
})
afterAll(async () => {
  influx.close()
  await store.close()
})

async function start(options: Partial<IngestorOptions> = {}): Promise<void> {
  ingestor = await startIngestor({
    host: '127.0.0.1',
    port: 0,
    dataDir: folder,
    influx: { url: store.url, token, org, bucket },
    operatorToken: 'operator',
    segmentBytes: 1 << 20,
    log: () => {},
    ...options,
  })
}
beforeEach(async () => {
  folder = await makeTemporaryFolder()
  folders = [folder]
})
afterEach(async () => {
  await ingestor.close()
  for (const path of folders) await removeFolder(path)
  for (const name of [bucket, 'plant_derived']) await influx.delete(name, -(2n ** 63n) + 2n, 2n ** 63n - 1n, '')
})

const api = async <T = never>(path: string, method = 'GET', body?: unknown): Promise<{ status: number; body: T }> => {
  const response = await fetch(`${ingestor.url}/api/v1/context/${path}`, {
    method,
    headers: { Authorization: 'Token operator', 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as T }
}
const write = async (lines: readonly string[]): Promise<void> => {
  const response = await fetch(`${ingestor.url}/api/v2/write?org=${org}&bucket=${bucket}`, {
    method: 'POST',
    headers: { Authorization: 'Token operator' },
    body: lines.join('\n'),
  })
  if (response.status !== 204) throw new Error(await response.text())
}
interface AuditAnswer {
  readonly audit: readonly {
    readonly id: string
    readonly what: string
    readonly points: number
    readonly who: string
  }[]
  readonly waiting: number
}
const corrected = async (): Promise<AuditAnswer['audit']> => {
  for (let waited = 0; ; waited += 10) {
    const { body } = await api<AuditAnswer>('audit?limit=1000')
    if (body.waiting === 0) return body.audit
    if (waited > 30_000) throw new Error('corrections do not come to an end')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
const delivered = async (): Promise<void> => {
  for (;;) {
    const response = await fetch(`${ingestor.url}/metrics`, { headers: { Authorization: 'Token operator' } })
    if (/delivery_lag_records 0\n/.test(await response.text())) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
const iso = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
const interval = (from: number, to: number | null, values: ContextValues) => ({
  from: iso(from),
  ...(to === null ? {} : { to: iso(to) }),
  ...values,
})
const ns = (seconds: number): bigint => BigInt(seconds) * 1_000_000_000n

const cells = (table: DecodedTable, label: string) => table.columns.find((one) => one.label === label)?.cells ?? []
/** Every point as `key field=value seconds`, sorted. */
async function stored(name = bucket): Promise<string[]> {
  const tables = await influx.query(
    `from(bucket: "${name}") |> range(start: 1900-01-01T00:00:00Z, stop: 2200-01-01T00:00:00Z) |> drop(columns: ["_start", "_stop"])` as never,
  )
  return tables
    .flatMap((table) =>
      cells(table, '_time').map((time, row) => {
        const tags = table.key.columns.filter(({ label }) => !label.startsWith('_')).map((c) => `${c.label}=${c.value}`)
        const key = [cells(table, '_measurement')[row], ...tags.sort()].join(',')
        return `${key} ${cells(table, '_field')[row]}=${String(cells(table, '_value')[row])} ${(time as bigint) / 1_000_000_000n}`
      }),
    )
    .sort()
}

/** What stands before the first line end of texts that have one: CSV does not tell CR LF from LF. */
async function carriageReturns(): Promise<unknown[]> {
  const tables = await influx.query(
    `import "strings"
from(bucket: "${bucket}") |> range(start: 1900-01-01T00:00:00Z, stop: 2200-01-01T00:00:00Z)
  |> filter(fn: (r) => r._field == "s") |> filter(fn: (r) => r._value =~ /\n/)
  |> map(fn: (r) => ({r with _value: strings.split(v: strings.replaceAll(v: r._value, t: "\r", u: "<CR>"), t: "\n")[0]}))` as never,
  )
  return tables.flatMap((table) => [...cells(table, '_value')])
}

describe('a correction', () => {
  it('gives points the lot that was said later, tells who did it, and names the stretch for the jobs', async () => {
    await start()
    await api('machines/press-1', 'PUT', interval(100, null, { lot: '17', product: 'P' }))
    await write([
      ...[90, 100, 150, 200].map((t) => `temperature,machine=press-1,sensor=oil value=${t} ${ns(t)}`),
      `temperature,machine=press-2 value=1 ${ns(150)}`,
      `temperature,lot=own,machine=press-1 value=2 ${ns(150)}`,
    ])
    const taken = await api('machines/press-1', 'PUT', interval(140, 200, { lot: '18', product: 'P', order: 'A 1' }))
    expect(taken).toEqual({ status: 200, body: { intervals: 1, machines: 1, changes: 1 } })
    const audit = await corrected()
    expect(audit[0]).toMatchObject({
      who: 'operator',
      machine: 'press-1',
      what: 'lot 18, order A 1, product P from 1970-01-01T00:02:20Z to 1970-01-01T00:03:20Z',
      from: '1970-01-01T00:02:20Z',
      to: '1970-01-01T00:03:20Z',
      points: 1,
    })
    expect(await stored()).toEqual([
      'temperature,lot=17,machine=press-1,product=P,sensor=oil value=100 100',
      'temperature,lot=17,machine=press-1,product=P,sensor=oil value=200 200',
      'temperature,lot=18,machine=press-1,order=A 1,product=P,sensor=oil value=150 150',
      'temperature,lot=own,machine=press-1 value=2 150',
      'temperature,machine=press-1,sensor=oil value=90 90',
      'temperature,machine=press-2 value=1 150',
    ])
    await delivered()
    const derived = await stored('plant_derived')
    expect(derived.filter((line) => line.startsWith('context_interval'))).toEqual([
      'context_interval,machine=press-1 lot=17 100',
      'context_interval,machine=press-1 lot=17 200',
      'context_interval,machine=press-1 lot=18 140',
      'context_interval,machine=press-1 order=A 1 140',
      'context_interval,machine=press-1 product=P 100',
      'context_interval,machine=press-1 product=P 140',
      'context_interval,machine=press-1 product=P 200',
      `context_interval,machine=press-1 to_ns=${ns(140)} 100`,
      `context_interval,machine=press-1 to_ns=${ns(200)} 140`,
    ])
    const changes = derived.filter((line) => line.startsWith('context_change')).map((line) => line.replace(/ \d+$/, ''))
    expect(changes).toEqual([
      `context_change,machine=press-1 from_ns=${ns(150)}`,
      'context_change,machine=press-1 points=1',
      `context_change,machine=press-1 to_ns=${ns(150) + 1n}`,
      `context_change,machine=press-1 what=${audit[0]!.what}`,
      'context_change,machine=press-1 who=operator',
    ])
  })

  it('said twice changes nothing; taken back it brings back what was', async () => {
    await start()
    await write([1, 2, 3].map((t) => `t,machine=m v=${t}i ${ns(t)}`))
    await api('machines/m', 'PUT', interval(2, 3, { lot: 'A' }))
    await corrected()
    await api('machines/m', 'PUT', interval(2, 3, { lot: 'A' }))
    expect((await corrected()).map(({ points }) => points)).toEqual([0, 1])
    expect(await stored()).toEqual(['t,lot=A,machine=m v=2 2', 't,machine=m v=1 1', 't,machine=m v=3 3'])
    expect((await api(`machines/m?from=${iso(2)}`, 'DELETE')).status).toBe(200)
    expect((await corrected()).map(({ points, what }) => `${points} ${what}`)[0]).toBe(
      '1 removed the interval from 1970-01-01T00:00:02Z',
    )
    expect(await stored()).toEqual(['t,machine=m v=1 1', 't,machine=m v=2 2', 't,machine=m v=3 3'])
    await delivered()
    expect((await stored('plant_derived')).filter((line) => line.startsWith('context_interval'))).toEqual([])
  })

  it('keeps every kind of value, and texts to the byte', async () => {
    await start()
    const texts = ['', 'a\r\nb', 'a\nb', '\\r "x", y', 'ä\t€', '\\', '=']
    const fields = (text: string): string =>
      `f=-0.1e-300,i=-9223372036854775808i,u=18446744073709551615u,b=true,s="${text.replace(/["\\]/g, '\\$&')}"`
    await write(texts.map((text, t) => `all\\ kinds,machine=m\\ 1,x\\,y=\\=z" ${fields(text)} ${ns(t)}`))
    await delivered()
    const before = [await stored(), await carriageReturns()]
    await api(
      `machines/${encodeURIComponent('m 1')}`,
      'PUT',
      interval(0, null, { operator: 'Ada "the" \\ Great', order: 'x,=y' }),
    )
    expect((await corrected())[0]!.points).toBe(texts.length)
    const tags = (line: string): string => line.replace(',operator=Ada "the" \\ Great,order=x,=y', '')
    expect([(await stored()).map(tags).sort(), await carriageReturns()]).toEqual(before)
    expect(before[1]).toEqual(['a<CR>', 'a'])
    expect((await stored()).every((line) => line.includes('operator=Ada "the"'))).toBe(true)
  })

  it('reaches a batch whose bad lines are still being laid down', async () => {
    await start()
    const answers = Array.from({ length: 20 }, (_, t) =>
      fetch(`${ingestor.url}/api/v2/write?org=${org}&bucket=${bucket}`, {
        method: 'POST',
        headers: { Authorization: 'Token operator' },
        body: `t,machine=m v=1 ${ns(t)}\nbad line\n`,
      }),
    )
    await api('machines/m', 'PUT', interval(0, null, { lot: 'A' }))
    await Promise.all(answers)
    await corrected()
    await delivered()
    expect(await stored()).toEqual(Array.from({ length: 20 }, (_, t) => `t,lot=A,machine=m v=1 ${t}`).sort())
  })
})

describe('what is written and said at the same time', () => {
  it('ends as if all had been known from the start, whoever came first', async () => {
    await start({ corrections: { sliceValuesMax: 50 } })
    const book = new ContextBook()
    const saying = (async () => {
      for (let i = 0; i < 25; i++) {
        const from = (i * 37) % 200
        book.put([{ machine: 'm', fromNs: ns(from), toNs: ns(from + 60), lot: `${i}` }])
        await api('machines/m', 'PUT', interval(from, from + 60, { lot: `${i}` }))
      }
    })()
    const writing = Array.from({ length: 4 }, async (_, writer) => {
      for (let i = 0; i < 60; i++) await write([`t,machine=m,writer=${writer} v=1i ${ns((i * 7 + writer) % 260)}`])
    })
    await Promise.all([saying, ...writing])
    await corrected()
    await delivered()
    const expected = Array.from({ length: 4 }, (_, writer) =>
      [...new Set(Array.from({ length: 60 }, (_, i) => (i * 7 + writer) % 260))].map((t) => {
        const lot = book.at('m', ns(t))?.lot
        return `t,${lot === undefined ? '' : `lot=${lot},`}machine=m,writer=${writer} v=1 ${t}`
      }),
    ).flat()
    expect(await stored()).toEqual(expected.sort())
  })

  it('names a store that is away as what corrections wait for', async () => {
    await start({ influx: { url: 'http://127.0.0.1:9', token, org, bucket } })
    await api('machines/m', 'PUT', interval(1, 2, { lot: '1' }))
    await expect
      .poll(async () => (await api<{ trouble: string }>('audit')).body, { timeout: 5_000 })
      .toMatchObject({ waiting: 1, trouble: expect.stringContaining('ECONNREFUSED') })
    await ingestor.close()
    await start()
    expect((await corrected()).map(({ id }) => id)).toEqual(['1 m'])
  })
})

const machines = ['a', 'b'] as const
const seconds = fc.integer({ min: 0, max: 40 })
const act = fc.oneof(
  fc.record({
    kind: fc.constant('say' as const),
    machine: fc.constantFrom(...machines),
    from: seconds,
    length: fc.option(fc.integer({ min: 1, max: 15 })),
    values: fc.constantFrom<ContextValues>({ lot: '1' }, { lot: '2' }, { lot: '1', operator: 'Ada' }, { order: 'O' }),
  }),
  fc.record({ kind: fc.constant('unsay' as const), machine: fc.constantFrom(...machines), which: fc.nat(5) }),
  fc.record({ kind: fc.constant('measure' as const), machine: fc.constantFrom(...machines), from: seconds }),
)
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never

/** Does what a plant does, and says which points it must have had with everything known from the start. */
async function live(acts: readonly Act[]): Promise<string[]> {
  const book = new ContextBook()
  const points: { machine: string; t: number; id: number }[] = []
  for (const [id, one] of acts.entries()) {
    if (one.kind === 'measure') {
      const some = Array.from({ length: 6 }, (_, i) => ({ machine: one.machine, t: one.from + i, id }))
      points.push(...some)
      await write([
        ...some.map(({ machine, t }) => `t,machine=${machine},sensor=s${id} v=${id}i,w=${t} ${ns(t)}`),
        `t,lot=own,machine=${one.machine},sensor=s${id} v=0i ${ns(one.from)}`,
      ])
    } else if (one.kind === 'say') {
      const to = one.length === null ? null : one.from + one.length
      const posted = { machine: one.machine, fromNs: ns(one.from), toNs: to === null ? null : ns(to), ...one.values }
      book.put([posted])
      await api(`machines/${one.machine}`, 'PUT', interval(one.from, to, one.values))
    } else {
      const found = book.intervals(one.machine)[one.which]
      if (found === undefined) continue
      book.delete(one.machine, found.fromNs)
      await api(`machines/${one.machine}?from=${iso(Number(found.fromNs / 1_000_000_000n))}`, 'DELETE')
    }
  }
  const expected = points.flatMap(({ machine, t, id }) => {
    const values = book.at(machine, ns(t)) ?? {}
    const tags = Object.entries({ ...values, machine, sensor: `s${id}` }).map(([tag, value]) => `${tag}=${value}`)
    return [`t,${tags.sort().join(',')} v=${id} ${t}`, `t,${tags.join(',')} w=${t} ${t}`]
  })
  for (const [id, one] of acts.entries())
    if (one.kind === 'measure') expected.push(`t,lot=own,machine=${one.machine},sensor=s${id} v=0 ${one.from}`)
  return expected.sort()
}

describe('points after any corrections', () => {
  it('are what they would be had all been known from the start', async () => {
    await fc.assert(
      fc
        .asyncProperty(
          fc.array(act, { minLength: 3, maxLength: 14 }),
          fc.integer({ min: 1, max: 30 }),
          async (acts, sliceValuesMax) => {
            await start({ corrections: { sliceValuesMax } })
            const expected = await live(acts)
            await corrected()
            await delivered()
            expect(await stored()).toEqual(expected)
          },
        )
        .afterEach(async () => {
          await ingestor.close()
          folder = await makeTemporaryFolder()
          folders.push(folder)
          for (const name of [bucket, 'plant_derived']) await influx.delete(name, -(2n ** 63n) + 2n, 2n ** 63n - 1n, '')
        }),
      { numRuns: 25 },
    )
    await start()
  }, 120_000)
})

describe('a process that is killed in the middle of a correction', () => {
  const steps: readonly CorrectionStep[] = [
    'settle',
    'begin',
    'journal',
    'delete',
    'write',
    'note progress',
    'drop the journal',
    'tell intervals',
    'audit',
    'finish',
  ]
  it.each(steps)('before it comes to "%s" ends in the right state after its restart', async (victim) => {
    let seen = 0
    const copy = await makeTemporaryFolder()
    folders.push(copy)
    let killed = (): void => {}
    let failed = (_: unknown): void => {}
    const dead = new Promise<void>((resolve, reject) => {
      killed = resolve
      failed = reject
    })
    // What is on disk at that moment is what the next process finds. Files that are to take the place of others go at any moment.
    const filter = (path: string): boolean => !/lock-\d+-|\.new$/.test(path)
    const onStep = async (step: CorrectionStep): Promise<void> => {
      if (step !== victim || ++seen < 2) return
      await cp(folder, copy, { recursive: true, filter }).then(killed, failed)
      await new Promise(() => {})
    }
    await start({ corrections: { sliceValuesMax: 15, onStep } })
    await write(Array.from({ length: 40 }, (_, t) => `t,machine=m v=${t}i ${ns(t)}`))
    await api('machines/m', 'PUT', interval(0, null, { lot: '17' }))
    await api('machines/n', 'PUT', interval(0, null, { lot: '1' }))
    await api('machines/m', 'PUT', interval(10, 30, { lot: '18' }))
    await dead
    await ingestor.close()
    folder = copy
    await start({ corrections: { sliceValuesMax: 15 } })
    const audit = await corrected()
    await delivered()
    expect(await stored()).toEqual(
      Array.from({ length: 40 }, (_, t) => `t,lot=${t >= 10 && t < 30 ? 18 : 17},machine=m v=${t} ${t}`).sort(),
    )
    expect(audit.map(({ id, points }) => `${id}: ${points}`).sort()).toEqual(['1 m: 40', '2 n: 0', '3 m: 20'])
    const file = await readFile(join(folder, 'corrections', 'audit.jsonl'), 'utf8')
    expect(file.trimEnd().split('\n').length).toBe(3)
    const derived = await stored('plant_derived')
    expect(
      derived.filter((line) => /^context_change,machine=m points=/.test(line)).map((l) => l.replace(/ \d+$/, '')),
    ).toEqual(['context_change,machine=m points=20', 'context_change,machine=m points=40'])
  })
})
