import { OpenAPIHono } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import type { Clock } from '../../lib/clock.ts'
import { ApiError } from '../../lib/errors.ts'
import { apiPage } from '../../lib/http/api-page.ts'
import type { BodyRoom } from '../../lib/http/body-room.ts'
import { asApiError, errorResponse } from '../../lib/http/error-answer.ts'
import { tokenOf } from '../../lib/tokens/authorization.ts'
import type { ContextStore } from '../context/context-store.ts'
import type { Pseudonyms } from '../context/pseudonyms.ts'
import type { Corrections } from '../corrections/corrections.ts'
import type { DeadLetterStore } from '../dead-letters/store.ts'
import type { Delivery } from '../delivery/delivery.ts'
import type { Dropped } from '../delivery/drop-oldest.ts'
import type { EventReader } from '../events/event-kinds.ts'
import type { Intake } from '../intake/intake.ts'
import type { DurableLog } from '../log/log.ts'
import type { Quarantine } from '../quarantine/quarantine.ts'
import type { Canary } from '../reports/canary.ts'
import { operatorId, type TokenStore } from '../tokens/token-store.ts'
import { contextRoutes } from './context.ts'
import { contextPage } from './context-page.ts'
import { deadLetterRoutes } from './dead-letters.ts'
import { metricsText } from './metrics.ts'
import { quarantineRoutes } from './quarantine.ts'
import { tokenRoutes } from './tokens.ts'
import { describeWrites } from './write-documents.ts'

export interface RouteOptions {
  readonly intake: Intake
  readonly delivery: Delivery
  readonly letters: DeadLetterStore
  readonly events: EventReader
  readonly quarantine: Quarantine
  readonly context: ContextStore
  readonly corrections: Corrections
  readonly pseudonyms: Pseudonyms | null
  /** Of the plant model. */
  readonly plantMachines: readonly string[]
  readonly tokens: TokenStore
  readonly log: DurableLog
  /** What the log's quota took undelivered. */
  readonly dropped: Dropped
  readonly room: BodyRoom
  /** null: the ingestor does not report about itself. */
  readonly canary: Canary | null
  readonly clock: Clock
  readonly startedMs: number
  readonly version: string
  readonly say: (line: string) => void
}

const queryBytesMax = 10_000

/** How long it is waited until everything acknowledged is in the store. */
const settleMs = 20_000

/** Everything of the ingestor's HTTP API but the writes themselves. */
export function createRoutes(options: RouteOptions): OpenAPIHono {
  const { intake, delivery, letters, events, tokens, log, clock, startedMs, version, say } = options
  const app = new OpenAPIHono({
    defaultHook: (result) => {
      if (result.success) return undefined
      const { issues } = result.error
      const named = issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
      return errorResponse(new ApiError('invalid', named.join('\n')))
    },
  })
  app.onError((error) => errorResponse(asApiError(error, say)))
  app.notFound(() => errorResponse(new ApiError('not found', 'path not found')))

  const onlyPost = (): Response => {
    const response = errorResponse(new ApiError('method not allowed', 'allow: OPTIONS, POST'))
    response.headers.set('Allow', 'OPTIONS, POST')
    return response
  }
  app.all('/api/v2/write', onlyPost)
  app.all('/write', onlyPost)

  // Telegraf's 1.x output asks for its database first. InfluxDB 2 answers this, and Telegraf goes on.
  app.post('/query', async (c) => {
    const token = tokenOf(c.req.header('authorization'), 'v1', new URL(c.req.url).searchParams)
    if (token === null || tokens.find(token) === null) throw new ApiError('unauthorized', 'Unauthorized')
    if (
      !(Number(c.req.header('content-length') ?? (c.req.header('transfer-encoding') ? Number.NaN : 0)) <= queryBytesMax)
    )
      throw new ApiError('request too large', `a query has at most ${queryBytesMax} bytes`)
    const query =
      c.req.query('q') ?? new URLSearchParams(c.req.raw.body === null ? '' : await c.req.text()).get('q') ?? ''
    if (!/^\s*create\s+database\b/i.test(query))
      throw new ApiError('not implemented', 'the ingestor takes data, it answers no query: ask the store')
    return c.json({ results: [{ statement_id: 0, error: 'not implemented: CREATE DATABASE' }] })
  })

  app.all('/health', (c) => {
    const { obstacle } = log
    return c.json(
      {
        name: 'ingestor',
        message: obstacle === null ? 'ready for writes' : obstacle.message,
        status: obstacle === null ? 'pass' : 'fail',
        checks: [
          {
            name: 'delivery',
            status: delivery.trouble === null ? 'pass' : 'fail',
            message: delivery.trouble?.reason ?? `${delivery.lagRecords} records wait`,
          },
        ],
        version,
      },
      obstacle === null ? 200 : 503,
    )
  })
  app.all('/ready', (c) => {
    const up = `${((Date.now() - startedMs) / 1000).toFixed(1)}s`
    const started = new Date(startedMs).toISOString()
    const { obstacle } = log
    if (obstacle !== null) return c.json({ status: 'unavailable', message: obstacle.message, started, up }, 503)
    return c.json({ status: 'ready', started, up })
  })

  const document = {
    openapi: '3.1.0',
    info: { title: 'Plantwatch ingestor', version },
    security: [{ token: [] }],
  }
  // Open to everybody: they tell nothing of this plant.
  app.doc31('/api/v1/openapi.json', document)
  app.get('/api', (c) => c.html(apiPage(app.getOpenAPI31Document(document))))

  // A page without secrets; what it asks for needs a session of the gateway's or a token.
  app.get('/context', (c) =>
    c.html(contextPage, 200, {
      'Cache-Control': 'no-cache',
      'Content-Security-Policy':
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; frame-ancestors 'none'",
    }),
  )

  const operatorOnly: MiddlewareHandler = async (c, next) => {
    const token = tokenOf(c.req.header('authorization'))
    const scope = token === null ? null : tokens.find(token)
    if (scope === null) throw new ApiError('unauthorized', 'unauthorized access')
    if (scope.id !== operatorId) throw new ApiError('forbidden', "this needs the operator's token")
    await next()
  }
  app.use('/api/v1/*', operatorOnly)
  app.use('/metrics', operatorOnly)
  app.get('/metrics', (c) => c.text(metricsText(options)))

  // Before points are deleted: what was acknowledged before must not come after.
  app.post('/api/v1/settle', async (c) => {
    const newest = await intake.settled()
    const settled = delivery.settle(newest).then(() => true)
    const inTime = await Promise.race([settled, clock.sleep(settleMs).then(() => false)])
    if (inTime) return c.body(null, 204)
    settled.catch(() => {})
    throw new ApiError(
      'unavailable',
      `${delivery.lagRecords} records that were acknowledged before are not in the store yet${delivery.trouble === null ? '' : ` (${delivery.trouble.reason})`}; try again`,
    )
  })

  const scope = { id: operatorId, buckets: null, measurements: null, forcedTags: {}, seriesMax: null }
  describeWrites(app.openAPIRegistry)
  deadLetterRoutes(app, { letters, events, intake, scope, tokens })
  quarantineRoutes(app, options)
  contextRoutes(app, options)
  tokenRoutes(app, { tokens, intake, clock })
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: '`Token …` or `Bearer …`',
  })
  return app
}
