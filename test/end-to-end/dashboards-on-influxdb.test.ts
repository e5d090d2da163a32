import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PanelAnswer } from '../../viewer/api.ts'
import { createBoard } from '../../viewer/server/board.ts'
import { projectFolder, type StartedStack, startStack } from '../support/stack.ts'

const { INFLUX_URL: url, INFLUX_TOKEN: token = '', INFLUX_ORG: org = 'plantwatch' } = process.env
const missing = url ? '' : ' (skipped: INFLUX_URL names no server)'
const provisioned = fileURLToPath(new URL('../../provisioning/dashboards', import.meta.url))

const dashboards: { uid: string; panels: { id: number; title: string; targets?: unknown }[] }[] = await Promise.all(
  (await readdir(provisioned))
    .filter((name) => name.endsWith('.json'))
    .map(async (name) => JSON.parse(await readFile(join(provisioned, name), 'utf8'))),
)
const panels = dashboards.flatMap((dashboard) =>
  dashboard.panels
    .filter(({ targets }) => targets !== undefined)
    .map(({ id, title }) => [dashboard.uid, title, id] as const),
)
const all = { all: true, values: [] }
const one = (...values: string[]) => ({ all: false, values })
const variables = {
  machine: one('press-1', 'press-2'),
  line: all,
  signal: one('pressure_ripple'),
  sensor: one('pressure_ripple'),
  site_zone: one('Europe/Berlin'),
}

/** The demo plant sends nothing that is set aside. */
const mayBeEmpty: ReadonlySet<string> = new Set(['Set aside or sent away per hour'])

/** Writes a day of the demo plant into that server; its buckets must be for tests. */
describe.skipIf(!url)(`the dashboards on a real InfluxDB${missing}`, () => {
  let stack: StartedStack
  let board: ReturnType<typeof createBoard>
  beforeAll(async () => {
    stack = await startStack({
      words: ['--demo', '--history-days', '1', '--live-every-ms', '1000'],
      environment: { INFLUX_URL: url!, INFLUX_TOKEN: token, INFLUX_ORG: org },
    })
    const progress = async () => {
      const headers = { Authorization: `Token ${stack.token}` }
      return ((await (await fetch(`${stack.gatewayUrl}/api/v1/progress`, { headers })).json()) as { phase: string })
        .phase
    }
    for (const untilMs = Date.now() + 120_000; (await progress()) !== 'live'; ) {
      if (Date.now() > untilMs) throw new Error(`no history after two minutes:\n${stack.output()}`)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    await stack.settled()
    // Of itself the demo plant sends nothing that cannot be stored.
    const bad = await fetch(`${stack.gatewayUrl}/api/v2/write?org=${org}&bucket=plant_raw`, {
      method: 'POST',
      headers: { Authorization: `Token ${stack.token}` },
      body: 'no line',
    })
    expect(bad.status).toBe(400)
    board = createBoard({
      influx: { url: url!, token, org, bucket: 'plant_raw' },
      dashboardsDir: provisioned,
      distDir: join(projectFolder, 'viewer/dist'),
      demo: true,
    })
  }, 180_000)
  afterAll(async () => {
    await stack?.close()
  })

  it.each(panels)('%s: %s', { timeout: 90_000 }, async (dashboard, title, panel) => {
    const toMs = Date.now()
    const question = {
      dashboard,
      panel,
      variables,
      fromMs: toMs - 24 * 3_600_000,
      toMs,
      intervalMs: 60_000,
      maxDataPoints: 1_500,
    }
    // The jobs follow a moment later, the ingestor reports once a minute.
    await expect
      .poll(
        async () => {
          const response = await board.fetch(
            new Request('http://board/api/board/query', {
              method: 'POST',
              headers: { 'Content-Type': 'application/json' },
              body: JSON.stringify(question),
            }),
          )
          const { results } = (await response.json()) as PanelAnswer
          return Object.entries(results).map(([refId, { frames, problem }]) => {
            if (problem !== undefined) return `${refId}: ${problem.message}`
            const values = frames.flatMap(({ schema, data }) =>
              schema.fields.flatMap(({ type }, i) => (type === 'time' ? [] : data.values[i]!)),
            )
            return values.some((value) => value !== null) || mayBeEmpty.has(title) ? 'rows' : `${refId}: no rows`
          })
        },
        { timeout: 80_000, interval: 1_000 },
      )
      .toSatisfy((answers: string[]) => answers.length > 0 && answers.every((answer) => answer === 'rows'))
  })
})
