import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { ApiError } from '../lib/errors.ts'
import { asApiError, errorResponse } from '../lib/http/error-answer.ts'
import { formatInstant, parseInstant } from '../lib/time/instant.ts'
import { tokenOf } from '../lib/tokens/authorization.ts'
import { hashToken, sameHash } from '../lib/tokens/hash.ts'
import type { JobRunner, RunReport } from './runner.ts'

export interface RouteOptions {
  readonly runners: readonly JobRunner[]
  /** Who has one of these may ask. */
  readonly tokens: readonly string[]
  readonly startedMs: number
  readonly version: string
  readonly log: (line: string) => void
}

const instant = z.string().openapi({ format: 'date-time', example: '2026-03-01T00:00:00Z' })
const runShape = z
  .object({
    started: instant,
    duration_ms: z.number(),
    windows: z.int().openapi({ description: 'windows worked out' }),
    rows: z.int().openapi({ description: 'values read' }),
    points: z.int().openapi({ description: 'points written' }),
    outcome: z.string().openapi({ description: '`ok`, or what went wrong in plain words' }),
  })
  .openapi('JobRun')
const jobShape = z
  .object({
    name: z.string(),
    status: z.enum(['idle', 'running', 'waiting', 'failed']),
    description: z.string(),
    windows_done: z.int().nullable().openapi({ description: 'of the run that is going on' }),
    windows: z.int().nullable(),
    last_run: instant.nullable(),
    outcome: z.string().nullable(),
    duration_ms: z.number().nullable(),
    rows: z.int().nullable(),
    points: z.int().nullable(),
  })
  .openapi('Job')
const errorShape = z.object({ code: z.string(), message: z.string() }).openapi('Error')
const rangeShape = z
  .object({
    from: instant.optional(),
    to: instant.optional(),
  })
  .openapi('JobRange', { description: 'both, or neither: then everything that is due runs' })

const json = <Shape extends z.ZodType>(schema: Shape, description: string) => ({
  content: { 'application/json': { schema } },
  description,
})
const refused = json(errorShape, 'refused')

const listRoute = createRoute({
  method: 'get',
  path: '/api/v1/jobs',
  tags: ['jobs'],
  summary: 'The analytics jobs, and how each is doing',
  request: {
    query: z.object({
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
      offset: z.coerce.number().int().min(0).default(0),
    }),
  },
  responses: {
    200: json(z.object({ jobs: z.array(jobShape), links: z.object({ next: z.string().optional() }) }), 'the jobs'),
    400: refused,
    401: refused,
  },
})

const runRoute = createRoute({
  method: 'post',
  path: '/api/v1/jobs/{name}/runs',
  tags: ['jobs'],
  summary: 'Run a job now, over a range or over what is due; answers when it has run',
  request: {
    params: z.object({ name: z.string() }),
    body: { content: { 'application/json': { schema: rangeShape } }, required: false },
  },
  responses: {
    200: json(runShape.extend({ job: z.string() }), 'it ran'),
    400: refused,
    401: refused,
    404: refused,
    500: refused,
    503: refused,
  },
})

/** The analytics' HTTP API. */
export function createRoutes(options: RouteOptions): OpenAPIHono {
  const { runners, startedMs, version, log } = options
  const app = new OpenAPIHono({
    defaultHook: (result) => {
      if (!result.success) {
        const [issue] = result.error.issues
        throw new ApiError('invalid', `${issue?.path.join('.') || 'request'}: ${issue?.message ?? 'not understood'}`)
      }
    },
  })
  app.onError((error) => {
    // Hono's own: a body that is no JSON.
    if ('status' in error && error.status === 400) return errorResponse(new ApiError('invalid', error.message))
    return errorResponse(asApiError(error, log))
  })
  app.notFound(() => errorResponse(new ApiError('not found', 'path not found')))
  app.use('/api/v1/jobs', access(options.tokens))
  app.use('/api/v1/jobs/*', access(options.tokens))

  app.openapi(listRoute, (c) => {
    const { limit, offset } = c.req.valid('query')
    const next = offset + limit < runners.length ? { next: `/api/v1/jobs?limit=${limit}&offset=${offset + limit}` } : {}
    return c.json({ jobs: runners.slice(offset, offset + limit).map(describe), links: next }, 200)
  })
  app.openapi(runRoute, async (c) => {
    const { name } = c.req.valid('param')
    const runner = runners.find(({ job }) => job.name === name)
    if (runner === undefined)
      throw new ApiError('not found', `no job "${name}"; there are: ${runners.map(({ job }) => job.name).join(', ')}`)
    const range = rangeOf(c.req.valid('json') ?? {})
    const report = await runner.request(range === null ? { kind: 'sweep' } : { kind: 'range', range })
    if (report === null) throw new ApiError('unavailable', 'the service is ending, or another machine runs this job')
    if (runner.state.status === 'waiting' && report.outcome !== 'ok') throw new ApiError('unavailable', report.outcome)
    if (report.outcome !== 'ok') throw new ApiError('internal error', report.outcome)
    return c.json({ job: name, ...runOf(report) }, 200)
  })
  app.get('/health', (c) => {
    const unwell = runners.find(({ state }) => state.status === 'failed')
    const message =
      unwell === undefined
        ? 'ready for jobs'
        : `job ${unwell.job.name} failed: ${unwell.state.lastRun?.outcome ?? 'before its first run ended'}`
    const status = unwell === undefined ? 'pass' : 'fail'
    return c.json({ name: 'analytics', message, status, checks: [], version }, unwell === undefined ? 200 : 503)
  })
  app.get('/ready', (c) =>
    c.json({
      status: 'ready',
      started: new Date(startedMs).toISOString(),
      up: `${((Date.now() - startedMs) / 1000).toFixed(1)}s`,
    }),
  )
  app.doc31('/api/v1/openapi.json', { openapi: '3.1.0', info: { title: 'Plantwatch analytics', version } })
  return app
}

function access(tokens: readonly string[]): MiddlewareHandler {
  const known = tokens.map(hashToken)
  return async (c, next) => {
    const token = tokenOf(c.req.header('authorization'))
    const hash = token === null ? null : hashToken(token)
    if (hash === null || !known.some((one) => sameHash(hash, one)))
      throw new ApiError('unauthorized', 'unauthorized access')
    await next()
  }
}

function rangeOf({ from, to }: { from?: string | undefined; to?: string | undefined }) {
  if (from === undefined && to === undefined) return null
  if (from === undefined || to === undefined) throw new ApiError('invalid', 'give both "from" and "to", or neither')
  const startNs = parseInstant(from, 'utc')
  const stopNs = parseInstant(to, 'utc')
  if (startNs === null || stopNs === null)
    throw new ApiError('invalid', `"${startNs === null ? from : to}" is no time like 2026-03-01T00:00:00Z`)
  if (startNs >= stopNs) throw new ApiError('invalid', '"from" lies before "to"')
  return { startNs, stopNs }
}

const runOf = ({ startedNs, durationMs, windows, rows, points, outcome }: RunReport) => ({
  started: formatInstant(startedNs),
  duration_ms: durationMs,
  windows,
  rows,
  points,
  outcome,
})

function describe({ job, state }: JobRunner) {
  const run = state.lastRun
  return {
    name: job.name,
    status: state.status,
    description: job.description,
    windows_done: state.progress?.windowsDone ?? null,
    windows: state.progress?.windows ?? null,
    last_run: run === null ? null : formatInstant(run.startedNs),
    outcome: run?.outcome ?? null,
    duration_ms: run?.durationMs ?? null,
    rows: run?.rows ?? null,
    points: run?.points ?? null,
  }
}
