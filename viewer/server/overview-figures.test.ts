import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeBuckets } from '../../cli/up/make-buckets.ts'
import type { Store } from '../../store/service.ts'
import { startTestStore } from '../../test/support/store.ts'
import { makeTemporaryFolder, removeFolder } from '../../test/support/temporary-folder.ts'
import type { Chosen, PanelAnswer } from '../api.ts'
import { createBoard } from './board.ts'

const token = 'figures-test-token'
const org = 'plantwatch'
const minuteMs = 60_000
const hourMs = 60 * minuteMs
/** Midnight in Berlin, in winter. */
const midnightMs = Date.UTC(2026, 1, 1, 23)
const toMs = midnightMs + 10 * hourMs + 5 * minuteMs
const all: Chosen = { all: true, values: [] }
const machines = ['fast', 'gap', 'quarter', 'wobbly'] as const

/** Each machine at `kw` from midnight on. @param everyMs time from one reading to the next, the last one included */
const meter = (machine: string, kw: number, timesMs: readonly number[]): string[] =>
  timesMs.map((ms, i) => `electricity,machine=${machine},sensor=meter,lot=L${i % 3} value=${kw} ${midnightMs + ms}`)
const each = (everyMs: number, fromMs: number, untilMs: number): number[] =>
  Array.from({ length: Math.ceil((untilMs - fromMs) / everyMs) }, (_, i) => fromMs + i * everyMs)

describe('figures of the plant overview', () => {
  let store: Store
  let distDir: string
  let board: ReturnType<typeof createBoard>

  beforeAll(async () => {
    store = await startTestStore({ bootstrap: { org, bucket: 'plant_raw', token } })
    const influx = { url: store.url, token, org, bucket: 'plant_raw' }
    await makeBuckets(influx)
    const untilMs = toMs - midnightMs
    const lines = [
      ...meter('quarter', 4, each(15 * minuteMs, 0, untilMs)),
      ...meter('quarter', 2, each(15 * minuteMs, -24 * hourMs, 0)),
      ...meter('fast', 6, each(minuteMs, 0, untilMs)),
      // Silent from 02:00 to 03:00: that of the minute from 01:59 on holds until 02:15.
      ...meter('gap', 12, [...each(minuteMs, 0, 2 * hourMs), ...each(minuteMs, 3 * hourMs, untilMs)]),
      // About every quarter, now a second early, now a second late.
      ...meter(
        'wobbly',
        4,
        each(15 * minuteMs, 0, untilMs).map((ms, i) => (i === 0 ? ms : ms + (i % 2 === 0 ? 1_000 : -1_000))),
      ),
      `temperature,machine=warm,sensor=bearing value=41.5 ${toMs - 2 * hourMs}`,
    ]
    const response = await fetch(`${store.url}/api/v2/write?org=${org}&bucket=plant_raw&precision=ms`, {
      method: 'POST',
      headers: { Authorization: `Token ${token}` },
      body: lines.join('\n'),
    })
    expect(response.status).toBe(204)
    const dashboardsDir = fileURLToPath(new URL('../../provisioning/dashboards', import.meta.url))
    distDir = await makeTemporaryFolder()
    await writeFile(join(distDir, 'index.html'), '<html>the page</html>')
    board = createBoard({ influx, dashboardsDir, distDir, demo: false })
  }, 60_000)
  afterAll(async () => {
    await store?.close()
    if (distDir !== undefined) await removeFolder(distDir)
  })

  /** The rows of a panel's queries as objects, one list per query. */
  const ask = async (
    title: string,
    fromMs: number,
    machine = all,
  ): Promise<Record<string, Record<string, unknown>[]>> => {
    const page = await board.fetch(new Request('http://board/api/board/dashboards/plant-overview'))
    const { panels } = (await page.json()) as { panels: { id: number; title: string; type: string }[] }
    const question = {
      dashboard: 'plant-overview',
      panel: panels.find((panel) => panel.title === title && panel.type !== 'row')!.id,
      ...{ fromMs, toMs, intervalMs: minuteMs, maxDataPoints: 1_000 },
      variables: { machine, site_zone: { all: false, values: ['Europe/Berlin'] } },
    }
    const response = await board.fetch(
      new Request('http://board/api/board/query', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(question),
      }),
    )
    const { results } = (await response.json()) as PanelAnswer
    return Object.fromEntries(
      Object.entries(results).map(([refId, { frames, problem }]) => {
        expect(problem).toBeUndefined()
        const rows = frames.flatMap(({ schema, data }) =>
          data.values[0]!.map((_, row) =>
            Object.fromEntries(schema.fields.map(({ name }, i) => [name, data.values[i]![row]])),
          ),
        )
        return [refId, rows]
      }),
    )
  }

  /** 10 h 5 min at a steady power, unless said otherwise. */
  const kwh = {
    quarter: (4 * 605) / 60,
    fast: (6 * 605) / 60,
    gap: (12 * (605 - 45)) / 60,
    // A reading counts no longer than a quarter: of the 40 steps, 1 is a second short and 20 are two seconds long.
    wobbly: 4 * (605 / 60),
  }

  it('counts the energy of a meter that reports every 15 minutes like that of one that reports every minute', async () => {
    const { A } = await ask('Energy per machine today', toMs - 6 * hourMs)
    const found = Object.fromEntries(A!.map(({ machine, energy }) => [machine, energy as number]))
    for (const machine of ['quarter', 'fast', 'gap'] as const) expect(found[machine]).toBeCloseTo(kwh[machine], 6)
    expect(Math.abs(found['wobbly']! / kwh.wobbly - 1)).toBeLessThan(0.002)
    expect(Object.keys(found)).toEqual([...machines])
  })

  it('adds up to the same in the table, and in the curve that ends with the unfinished quarter of an hour', async () => {
    const one = { all: false, values: ['quarter'] }
    const { energy } = await ask('Machines', toMs - 6 * hourMs)
    expect(energy!.find(({ machine }) => machine === 'quarter')!['energy']).toBeCloseTo(kwh.quarter, 6)
    const { A } = await ask('Energy today', toMs - 6 * hourMs, one)
    expect(A!.length).toBe(41)
    expect(Object.values(A![0]!)).toEqual([midnightMs + 15 * minuteMs, 1])
    expect(Object.values(A!.at(-1)!)[0]).toBe(toMs)
    expect(Object.values(A!.at(-1)!)[1]).toBeCloseTo(kwh.quarter, 6)
  })

  it('gives each day of the site its energy', async () => {
    const { A } = await ask('Energy per day', toMs - 14 * 24 * hourMs, { all: false, values: ['quarter'] })
    expect(A!.map((row) => Object.values(row))).toEqual([
      [midnightMs - 24 * hourMs, expect.closeTo(48, 6)],
      [midnightMs, expect.closeTo(kwh.quarter, 6)],
    ])
  })

  it('lists a machine that sends nothing but a temperature, with when it was last heard from', async () => {
    const { seen } = await ask('Machines', toMs - 6 * hourMs)
    expect(seen!.map(({ machine }) => machine)).toEqual([...machines, 'warm'].sort())
    expect(seen).toContainEqual({ machine: 'warm', seen: toMs - 2 * hourMs })
  })
})
