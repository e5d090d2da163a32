import { Hono } from 'hono'
import { compress } from 'hono/compress'
import { ApiError } from '../../lib/errors.ts'
import { asApiError, errorResponse } from '../../lib/http/error-answer.ts'
import { buckets } from '../../lib/schema/buckets.ts'
import type { BoardStatus } from '../api.ts'
import { Assets } from './assets.ts'
import { DashboardFolder } from './dashboards.ts'
import { NewestReading } from './newest.ts'
import { panelQuestion, readQuestion, variableQuestion } from './question.ts'
import { runPanel, runVariable } from './run-panel.ts'

export interface BoardOptions {
  /** Without `bucket` the raw bucket has its usual name. */
  readonly influx: { readonly url: string; readonly token: string; readonly org: string; readonly bucket?: string }
  /** Folder of dashboards as Grafana reads them. */
  readonly dashboardsDir: string
  /** Folder of the built page. */
  readonly distDir: string
  /** Whether what is shown is made up. */
  readonly demo: boolean
}

/** Larger answers are packed; a short one costs more to pack than to send. */
const packFromBytes = 4_096

/**
 * The board: the page, the dashboards, and answers to the queries that stand in them. A page names dashboard, panel, range
 * and chosen values, never Flux, so that a viewer can ask nothing else; the store's token never leaves this process. Whoever
 * serves it lets only signed-in people through.
 */
export function createBoard({ influx, dashboardsDir, distDir, demo }: BoardOptions): Hono {
  const store = { ...influx, bucket: influx.bucket ?? buckets.raw.name }
  const assets = new Assets(distDir)
  const dashboards = new DashboardFolder(dashboardsDir)
  const newest = new NewestReading(store, store.bucket)
  const app = new Hono()
  app.onError((error, c) => {
    // Nobody reads this answer any more.
    if (c.req.raw.signal.aborted) return new Response(null, { status: 499 })
    return errorResponse(asApiError(error, (line) => console.error(line)))
  })
  app.use('/api/board/*', compress({ threshold: packFromBytes }), async (c, next) => {
    await next()
    c.header('Cache-Control', 'no-store')
  })
  app.get('/api/board/status', async (c) => {
    const status: BoardStatus = { demo, ...(await newest.state()), nowMs: Date.now() }
    return c.json(status)
  })
  app.get('/api/board/dashboards', async (c) => c.json(await dashboards.entries()))
  app.get('/api/board/dashboards/:uid', async (c) => c.json(await dashboards.dashboard(c.req.param('uid'))))
  app.post('/api/board/query', async (c) => {
    const question = await readQuestion(c.req.raw, panelQuestion)
    return c.json(await runPanel(store, await dashboards.dashboard(question.dashboard), question, c.req.raw.signal))
  })
  app.post('/api/board/variable', async (c) => {
    const question = await readQuestion(c.req.raw, variableQuestion)
    return c.json(await runVariable(store, await dashboards.dashboard(question.dashboard), question, c.req.raw.signal))
  })
  app.on(['GET', 'HEAD'], ['/', '/d/:uid', '/d/:uid/:slug'], (c) => assets.page(c.req.raw))
  app.get('*', (c) => {
    const found = assets.file(c.req.path, c.req.raw)
    if (found !== null) return found
    throw new ApiError('not found', `there is no ${c.req.path}`)
  })
  app.all('*', () => {
    throw new ApiError('not found', 'there is no such address')
  })
  return app
}
