import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { ApiError } from '../lib/errors.ts'
import { asApiError, errorResponse } from '../lib/http/error-answer.ts'
import { readBody } from '../lib/http/read-body.ts'
import { type Precision, precisions } from './accepted-write.ts'
import type { Access } from './access.ts'
import { type InflateLimits, inflate, isGzip } from './decode/inflate.ts'
import { BucketGone } from './deliver-directly.ts'
import type { Destinations } from './destination.ts'
import { type PipelineOptions, take } from './pipeline.ts'

export interface RouteOptions extends PipelineOptions {
  readonly access: Access
  readonly destinations: Destinations
  readonly limits: InflateLimits & { readonly bodyBytesMax: number }
  readonly startedMs: number
  readonly version: string
  readonly log: (line: string) => void
}

type Env = { readonly Bindings: HttpBindings }

/** The ingestor's HTTP API. */
export function createRoutes(options: RouteOptions): Hono<Env> {
  const { access, destinations, limits, startedMs, version, log } = options
  const app = new Hono<Env>()
  app.onError((error) => errorResponse(asApiError(error, log)))
  app.notFound(() => errorResponse(new ApiError('not found', 'path not found')))

  const write = async (c: Context<Env>, dialect: 'v1' | 'v2'): Promise<Response> => {
    const request = c.env.incoming
    const query = new URL(c.req.url).searchParams
    const tokenId = access.check(c.req.header('authorization'), dialect, query)
    const precision = precisionOf(query, dialect)
    const bucket = dialect === 'v2' ? await destinations.of(query) : await destinations.ofDatabase(query)
    const body = await readBody(request, limits.bodyBytesMax)
    const bytes = isGzip(c.req.header('content-encoding')) ? await inflate(body, limits) : body
    const refusal = await take({ bytes, bucket, precision, tokenId }, options).catch((error: unknown) => {
      throw error instanceof BucketGone ? destinations.gone(bucket, error.message) : error
    })
    return refusal === null ? new Response(null, { status: 204 }) : errorResponse(refusal)
  }
  app.post('/api/v2/write', (c) => write(c, 'v2'))
  app.post('/write', (c) => write(c, 'v1'))
  const onlyPost = (): Response => {
    const response = errorResponse(new ApiError('method not allowed', 'allow: OPTIONS, POST'))
    response.headers.set('Allow', 'OPTIONS, POST')
    return response
  }
  app.all('/api/v2/write', onlyPost)
  app.all('/write', onlyPost)

  app.all('/health', (c) =>
    c.json({ name: 'ingestor', message: 'ready for writes', status: 'pass', checks: [], version }),
  )
  app.all('/ready', (c) =>
    c.json({
      status: 'ready',
      started: new Date(startedMs).toISOString(),
      up: `${((Date.now() - startedMs) / 1000).toFixed(1)}s`,
    }),
  )
  return app
}

/** InfluxDB's rules: the v2 API refuses an unknown unit, 1.x takes it as nanoseconds. */
function precisionOf(query: URLSearchParams, dialect: 'v1' | 'v2'): Precision {
  const text = query.get('precision')
  if (text === null || text === '') return 'ns'
  const known = precisions.find((precision) => precision === text)
  if (known !== undefined) return known
  if (dialect === 'v1') return 'ns'
  throw new ApiError('invalid', 'invalid precision; valid precision units are ns, us, ms, and s')
}
