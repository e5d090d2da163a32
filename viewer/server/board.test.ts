import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeBuckets } from '../../cli/up/make-buckets.ts'
import { pointOf } from '../../lib/influx/point.ts'
import { formatPoint } from '../../lib/line-protocol/format.ts'
import { defaultPlant } from '../../lib/plant/default-plant.ts'
import { demoPlant } from '../../simulator/demo-plant.ts'
import type { Store } from '../../store/service.ts'
import { type FaultProxy, startFaultProxy } from '../../test/support/fault-proxy.ts'
import { joinedHistory } from '../../test/support/joined-history.ts'
import { startTestStore } from '../../test/support/store.ts'
import { makeTemporaryFolder, removeFolder } from '../../test/support/temporary-folder.ts'
import type { Chosen, PanelAnswer, PanelQuestion, VariableAnswer } from '../api.ts'
import { createBoard } from './board.ts'

const token = 'board-test-token'
const org = 'plantwatch'
const provisioned = fileURLToPath(new URL('../../provisioning/dashboards', import.meta.url))
/** A Tuesday afternoon at the site, so that "today" has hours behind it and everybody is at work. */
const toMs = Date.UTC(2026, 2, 3, 14)
const fromMs = toMs - 6 * 3_600_000
const all: Chosen = { all: true, values: [] }
const one = (...values: string[]): Chosen => ({ all: false, values })

/** Flux that says back what it was given, and what no viewer may get out of it. */
const echoDashboard = {
  uid: 'echo',
  title: 'Echo',
  templating: { list: [{ type: 'custom', name: 'word', query: 'a,b' }] },
  panels: [
    {
      id: 1,
      type: 'table',
      targets: [
        { refId: 'A', query: 'import "array"\narray.from(rows: [{word: ${word:doublequote}}])' },
        {
          refId: 'B',
          query:
            'import "array"\narray.from(rows: [{found: "plain" =~ /^${word:regex}$/, itself: "x/y.z|(a)" =~ /^${word:regex}$/}])',
        },
        { refId: 'C', query: 'from(bucket: "nowhere") |> range(start: -1h)' },
        { refId: 'D', query: 'import "array"\narray.from(rows: [{x: 1}]) |> noSuchFunction()' },
        { refId: 'H', query: 'this is hidden', hide: true },
      ],
    },
  ],
}

describe('the board', () => {
  let store: Store
  let folder: string
  let proxy: FaultProxy
  const boards: Record<'provisioned' | 'echo' | 'proxied', ReturnType<typeof createBoard>> = {} as never

  beforeAll(async () => {
    store = await startTestStore({ bootstrap: { org, bucket: 'plant_raw', token } })
    const influx = { url: store.url, token, org, bucket: 'plant_raw' }
    await makeBuckets(influx)
    await seed(influx)
    folder = await makeTemporaryFolder()
    const distDir = join(folder, 'dist')
    await mkdir(join(distDir, 'public'), { recursive: true })
    await writeFile(join(distDir, 'index.html'), '<html>the page</html>')
    await writeFile(join(distDir, 'public/icon.svg'), '<svg/>')
    await mkdir(join(folder, 'echo'))
    await writeFile(join(folder, 'echo/echo.json'), JSON.stringify(echoDashboard))
    proxy = await startFaultProxy(store.url)
    boards.provisioned = createBoard({ influx, dashboardsDir: provisioned, distDir, demo: true })
    boards.echo = createBoard({ influx, dashboardsDir: join(folder, 'echo'), distDir, demo: false })
    boards.proxied = createBoard({
      influx: { ...influx, url: proxy.url },
      dashboardsDir: provisioned,
      distDir,
      demo: false,
    })
  }, 120_000)
  afterAll(async () => {
    await proxy?.close()
    await store?.close()
    if (folder !== undefined) await removeFolder(folder)
  })

  const post = (board: keyof typeof boards, path: string, body: unknown, signal?: AbortSignal) =>
    boards[board].fetch(
      new Request(`http://board${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...(signal === undefined ? {} : { signal }),
      }),
    )
  const askPanel = async (board: keyof typeof boards, question: Partial<PanelQuestion>): Promise<PanelAnswer> => {
    const whole = { fromMs, toMs, intervalMs: 60_000, maxDataPoints: 1_000, variables: {}, ...question }
    const response = await post(board, '/api/board/query', whole)
    expect(response.status).toBe(200)
    return (await response.json()) as PanelAnswer
  }

  describe('answers every panel of the dashboards that come with it', async () => {
    const files = (await readdir(provisioned)).filter((name) => name.endsWith('.json'))
    const dashboards = await Promise.all(
      files.map(async (name) => JSON.parse(await readFile(join(provisioned, name), 'utf8'))),
    )
    const panels = dashboards.flatMap((dashboard) =>
      dashboard.panels
        .filter((panel: { targets?: unknown }) => panel.targets !== undefined)
        .map((panel: { id: number; title: string }) => [dashboard.uid, panel.title, panel.id] as const),
    )
    const variables = {
      // By name, since not every dashboard has a word of its own for all of them.
      machine: one('press-1', 'press-2'),
      line: all,
      signal: one('pressure_ripple'),
      sensor: one('pressure_ripple'),
      site_zone: one('Europe/Berlin'),
    }

    it.each(panels)('%s: %s', async (dashboard, _title, panel) => {
      const { results } = await askPanel('provisioned', { dashboard, panel, variables })
      const problems = Object.values(results).flatMap(({ problem }) => (problem === undefined ? [] : [problem.message]))
      expect(problems).toEqual([])
      for (const [refId, { frames }] of Object.entries(results)) {
        const values = frames.flatMap(({ schema, data }) =>
          schema.fields.flatMap(({ type }, i) => (type === 'time' ? [] : data.values[i]!)),
        )
        expect(values.filter((value) => value !== null).length, `rows of query ${refId}`).toBeGreaterThan(0)
      }
    })

    const queried = dashboards.flatMap((dashboard) =>
      dashboard.templating.list
        .filter(({ type }: { type: string }) => type === 'query')
        .map(({ name }: { name: string }) => [dashboard.uid, name] as const),
    )
    it.each(queried)('%s: values of $%s', async (dashboard, variable) => {
      const question = { dashboard, variable, fromMs, toMs, variables }
      const answer = (await (await post('provisioned', '/api/board/variable', question)).json()) as VariableAnswer
      expect(answer.problem).toBeUndefined()
      expect(answer.values.length).toBeGreaterThan(0)
      expect(new Set(answer.values).size).toBe(answer.values.length)
    })
  })

  it('shows other data when something else is chosen', async () => {
    const power = { dashboard: 'plant-overview', panel: await panelId('plant-overview', 'Power by machine') }
    const site_zone = one('Europe/Berlin')
    const everything = await askPanel('provisioned', { ...power, variables: { machine: all, site_zone } })
    const single = await askPanel('provisioned', { ...power, variables: { machine: one('press-1'), site_zone } })
    expect(everything.results['A']!.frames.length).toBe(6)
    expect(single.results['A']!.frames.map(({ schema }) => schema.fields[1]!.labels)).toEqual([{ machine: 'press-1' }])
  })

  it('says in one row per sender when it was last heard from, what it sends, and how wrong its clock is', async () => {
    const panel = await panelId('data-quality', 'Senders')
    const { results } = await askPanel('provisioned', { dashboard: 'data-quality', panel, variables: {} })
    const rows = Object.values(results).flatMap(({ frames }) =>
      frames.flatMap(({ schema, data }) =>
        data.values[0]!.map((_, row) =>
          Object.fromEntries(schema.fields.map(({ name }, i) => [name, data.values[i]![row]])),
        ),
      ),
    )
    const of = (token: string) => Object.assign({}, ...rows.filter((row) => row['token'] === token)) as object
    expect(of('a1')).toMatchObject({ sender: 'press 1', clock_offset_s: 120, lines: 60, bad: 3, series: 7 })
    expect(of('a1')).toMatchObject({ rate: 60 / 900, seen: toMs - 5_001 })
    expect(of('b2')).toMatchObject({ sender: 'mill 1', clock_offset_s: null, rate: 60 / 900 })
  })

  it('says how many readings came late in each hour, by machine', async () => {
    const panel = await panelId('data-quality', 'Readings that came late, per hour of their coming')
    const { results } = await askPanel('provisioned', { dashboard: 'data-quality', panel, variables: {} })
    const sums = results['A']!.frames.map(({ schema, data }) => [
      schema.fields[1]!.labels?.['machine'],
      (data.values[1] as (number | null)[]).reduce<number>((sum, value) => sum + (value ?? 0), 0),
    ])
    expect(Object.fromEntries(sums)).toEqual({ 'press-1': 6, 'no machine': 3 })
  })

  it('takes a chosen value as a value, whatever is in it', async () => {
    for (const word of ['plain', '"}]) |> yield() //', 'a\\', '${1 + 1}', 'x/y.z|(a)', 'two\nlines', '\\${x}']) {
      const { results } = await askPanel('echo', { dashboard: 'echo', panel: 1, variables: { word: one(word) } })
      expect(results['A']!.frames[0]!.data.values).toEqual([[word]])
      expect(results['B']!.frames[0]!.data.values).toEqual([[word === 'plain'], [word === 'x/y.z|(a)']])
    }
  })

  it('answers each query for itself: a refused one says why in the store’s words, a hidden one is not asked', async () => {
    const { results } = await askPanel('echo', { dashboard: 'echo', panel: 1, variables: { word: one('a') } })
    expect(Object.keys(results)).toEqual(['A', 'B', 'C', 'D'])
    expect(results['A']!.problem).toBeUndefined()
    expect(results['C']).toMatchObject({ frames: [], problem: { code: 'refused' } })
    expect(results['C']!.problem!.message).toContain('nowhere')
    expect(results['D']!.problem!.message).toContain('noSuchFunction')
  })

  it('runs nothing but what stands in a dashboard', async () => {
    const question = { fromMs, toMs, intervalMs: 60_000, maxDataPoints: 100, variables: {} }
    const status = async (body: unknown) => (await post('echo', '/api/board/query', body)).status
    expect(await status({ ...question, dashboard: 'other', panel: 1 })).toBe(404)
    expect(await status({ ...question, dashboard: 'echo', panel: 2 })).toBe(404)
    expect(await status({ ...question, dashboard: 'echo', panel: '1' })).toBe(400)
    expect(await status({ ...question, dashboard: 'echo', panel: 1, toMs: fromMs })).toBe(400)
    expect(await status('buckets()')).toBe(400)
    const smuggled = { ...question, dashboard: 'echo', panel: 1, query: 'buckets()', targets: [{ query: 'buckets()' }] }
    const { results } = (await (
      await post('echo', '/api/board/query', { ...smuggled, variables: { word: one('a') } })
    ).json()) as PanelAnswer
    expect(results['A']!.frames[0]!.schema.fields.map(({ name }) => name)).toEqual(['word'])
  })

  it('never tells the token', async () => {
    const question = { dashboard: 'plant-overview', panel: 2, fromMs, toMs, intervalMs: 60_000, maxDataPoints: 100 }
    const answers = await Promise.all([
      boards.provisioned.fetch(new Request('http://board/')),
      boards.provisioned.fetch(new Request('http://board/api/board/status')),
      boards.provisioned.fetch(new Request('http://board/api/board/dashboards/plant-overview')),
      post('provisioned', '/api/board/query', { ...question, variables: { machine: all } }),
    ])
    for (const answer of answers) {
      expect(answer.status).toBe(200)
      expect(await answer.text()).not.toContain(token)
      expect(JSON.stringify([...answer.headers])).not.toContain(token)
    }
  })

  it('serves one page for all dashboards, and a 404 for what is missing', async () => {
    const get = async (path: string) => {
      const response = await boards.provisioned.fetch(new Request(`http://board${path}`))
      return [response.status, response.headers.get('content-type')?.split(';')[0]]
    }
    expect(await get('/')).toEqual([200, 'text/html'])
    expect(await get('/d/plant-overview?from=now-1h')).toEqual([200, 'text/html'])
    expect(await get('/public/icon.svg')).toEqual([200, 'image/svg+xml'])
    expect(await get('/public/missing.svg')).toEqual([404, 'application/json'])
    expect(await get('/api/board/nothing')).toEqual([404, 'application/json'])
    expect(await get('/api/board/dashboards/nothing')).toEqual([404, 'application/json'])
  })

  it('offers the dashboards, the overview first', async () => {
    const response = await boards.provisioned.fetch(new Request('http://board/api/board/dashboards'))
    const entries = (await response.json()) as { uid: string }[]
    expect(entries.map(({ uid }) => uid)).toEqual(['plant-overview', 'data-quality', 'machine-signals'])
  })

  it('calls a query off when whoever asked is gone', async () => {
    proxy.decide = () => ({ kind: 'hang' })
    const leaving = new AbortController()
    const question = { dashboard: 'plant-overview', panel: 2, fromMs, toMs, intervalMs: 60_000, maxDataPoints: 100 }
    const asked = proxy.seen.length
    const answer = post('proxied', '/api/board/query', { ...question, variables: { machine: all } }, leaving.signal)
    await expect.poll(() => proxy.seen.length).toBe(asked + 1)
    const startedMs = performance.now()
    leaving.abort()
    await Promise.resolve(answer).catch(() => {})
    expect(performance.now() - startedMs).toBeLessThan(1_000)
  })

  it('says that the store does not answer, and that it does again', async () => {
    const status = async () =>
      (await (await boards.proxied.fetch(new Request('http://board/api/board/status'))).json()) as {
        connected: boolean
        newestMs: number | null
      }
    proxy.decide = () => ({ kind: 'reset' })
    expect(await status()).toMatchObject({ connected: false })
    const panel = await panelId('plant-overview', 'Power now')
    const { results } = await askPanel('proxied', {
      dashboard: 'plant-overview',
      panel,
      variables: { machine: all, site_zone: one('UTC') },
    })
    expect(results['A']!.problem).toEqual({ code: 'unavailable', message: 'the store cannot be reached' })
    proxy.decide = () => ({ kind: 'pass' })
    await expect.poll(status, { timeout: 8_000, interval: 500 }).toMatchObject({ connected: true })
  })

  const panelId = async (dashboard: string, title: string): Promise<number> => {
    const response = await boards.provisioned.fetch(new Request(`http://board/api/board/dashboards/${dashboard}`))
    const { panels } = (await response.json()) as { panels: { id: number; title: string }[] }
    return panels.find((panel) => panel.title === title)!.id
  }
})

/** What an ingestor would have told of itself and two senders until then; times in milliseconds, as `seed` sends them. */
function reports(): object[] {
  const part = 'ingestor'
  return [600, 300, 5].flatMap((secondsAgo) => {
    const timeNs = BigInt(toMs - secondsAgo * 1_000)
    const all = { lines: 40n, rate: 4.0, quarantined: 1n, unavailable: 1n, lag_s: 0.5, buffer_bytes: 900n }
    const sender = {
      lines: 20n,
      rate: 2.0,
      bad: 1n,
      last_seen_ns: (timeNs - 1n) * 1_000_000n,
      series: 7n,
      series_max: 200_000n,
    }
    return [
      { measurement: 'canary', tags: { part }, fields: { sent_ns: timeNs * 1_000_000n, age_s: 10.2 }, timeNs },
      { measurement: 'pipeline', tags: { part }, fields: all, timeNs },
      { measurement: 'pipeline', tags: { part, reason: 'syntax' }, fields: { dropped: 2n, waiting: 2n }, timeNs },
      {
        measurement: 'sender',
        tags: { sender: 'press 1', token: 'a1' },
        fields: { ...sender, clock_offset_s: 120.2 },
        timeNs,
      },
      { measurement: 'sender', tags: { sender: 'mill 1', token: 'b2' }, fields: sender, timeNs },
      {
        measurement: 'late_arrival',
        tags: { source: 'temperature', machine: secondsAgo === 5 ? '' : 'press-1' },
        fields: { from_ns: 1n, to_ns: 2n, points: 3n },
        timeNs,
      },
    ]
  })
}

/** A day and a half of the demo plant, and what the analytics would have made of one hour of it. */
async function seed({ url }: { readonly url: string }): Promise<void> {
  const write = async (bucket: string, body: string): Promise<void> => {
    const response = await fetch(`${url}/api/v2/write?${new URLSearchParams({ org, bucket, precision: 'ms' })}`, {
      method: 'POST',
      headers: { Authorization: `Token ${token}` },
      body,
    })
    if (response.status !== 204) throw new Error(await response.text())
  }
  const plant = demoPlant(defaultPlant(), 1)
  for (const lines of joinedHistory(plant, toMs - 16 * 3_600_000, toMs, 20_000)) await write('plant_raw', lines)
  const at = BigInt(toMs - 2 * 3_600_000)
  const figures = { mean: 1, sd: 2, skewness: 0, kurtosis: 0.5, min: -1, max: 3, median: 1 }
  const tags = { machine: 'press-1', sensor: 'pressure_ripple', source: 'machine_signal', job: 'moments' }
  const run = { duration_ms: 12.5, rows: 10n, points: 6n, outcome: 'ok' }
  const lines = [
    { measurement: 'moments', tags, fields: figures, timeNs: at },
    { measurement: 'job_run', tags: { job: 'moments' }, fields: run, timeNs: at },
    ...reports(),
  ].map((point) => formatPoint(pointOf(point as never)))
  await write('plant_derived', lines.join('\n'))
}
