import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError } from '../../lib/errors.ts'
import { asApiError, errorHeaders } from '../../lib/http/error-answer.ts'
import { readBody } from '../../lib/http/read-body.ts'
import { type AuthorizationDialect, tokenOf } from '../../lib/tokens/authorization.ts'
import { type Precision, precisions } from '../accepted-write.ts'
import { type InflateLimits, inflate, isGzip } from '../decode/inflate.ts'
import type { Destinations } from '../destination.ts'
import type { Intake } from '../intake/intake.ts'
import type { TokenScope } from '../intake/rights.ts'
import type { TokenStore } from '../tokens/token-store.ts'

export interface WriteOptions {
  readonly intake: Intake
  readonly tokens: TokenStore
  readonly destinations: Destinations
  readonly limits: InflateLimits & { readonly bodyBytesMax: number }
  readonly log: (line: string) => void
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void

/** Where a write goes, by its address: senders use the same one again and again. */
interface Destination {
  readonly bucket: string
  readonly precision: Precision
}

const addressesMax = 1_000
const dialects: Readonly<Record<string, AuthorizationDialect>> = { '/api/v2/write': 'v2', '/write': 'v1' }

/**
 * The two write addresses, answered straight from Node's HTTP server: at one line per request the way through a router costs as
 * much as the work itself. Everything else goes on to `others`.
 */
export function writeRequests(options: WriteOptions, others: Listener): Listener {
  const { intake, tokens, destinations, limits, log } = options
  const known = new Map<string, Destination>()

  const scopeOf = (
    request: IncomingMessage,
    dialect: AuthorizationDialect,
    query: () => URLSearchParams,
  ): TokenScope => {
    const { authorization } = request.headers
    const token = tokenOf(authorization, dialect, authorization === undefined && dialect === 'v1' ? query() : undefined)
    const scope = token === null ? null : tokens.find(token)
    if (scope !== null) return scope
    throw new ApiError('unauthorized', dialect === 'v1' && token !== null ? 'Unauthorized' : 'unauthorized access')
  }

  /** Destinations that are there by definition need no question, and are remembered by the whole address. */
  const destinationOf = async (url: string, dialect: AuthorizationDialect): Promise<Destination> => {
    const query = queryOf(url)
    const precision = precisionOf(query, dialect)
    const bucket = await (dialect === 'v2' ? destinations.of(query) : destinations.ofDatabase(query))
    const destination = { bucket, precision }
    if (destinations.isAlwaysThere(bucket)) {
      if (known.size >= addressesMax) known.clear()
      known.set(url, destination)
    }
    return destination
  }

  const take = (
    scope: TokenScope,
    destination: Destination,
    bytes: Buffer,
    request: IncomingMessage,
    response: ServerResponse,
  ): void => {
    const { buckets } = scope
    if (buckets !== null && !buckets.includes(destination.bucket)) {
      answer(request, response, new ApiError('forbidden', 'insufficient permissions for write'))
      return
    }
    const key = request.headers['idempotency-key']
    intake.take(
      {
        bytes,
        ...destination,
        scope,
        ...(typeof key === 'string' && key !== '' ? { idempotencyKey: checkedKey(key) } : {}),
      },
      (refusal) => answer(request, response, refusal),
    )
  }

  const write = async (
    request: IncomingMessage,
    response: ServerResponse,
    dialect: AuthorizationDialect,
  ): Promise<void> => {
    const url = request.url!
    const scope = scopeOf(request, dialect, () => queryOf(url))
    const destination = known.get(url) ?? (await destinationOf(url, dialect))
    const body = await readBody(request, limits.bodyBytesMax)
    const zipped = isGzip(request.headers['content-encoding'])
    take(scope, destination, zipped ? await inflate(body, limits) : body, request, response)
  }

  return (request, response) => {
    const url = request.url!
    const queryAt = url.indexOf('?')
    const dialect = dialects[queryAt === -1 ? url : url.slice(0, queryAt)]
    if (dialect === undefined || request.method !== 'POST') {
      others(request, response)
      return
    }
    write(request, response, dialect).catch((error: unknown) => answer(request, response, asApiError(error, log)))
  }
}

/** Ends a request: 204, or the refusal in InfluxDB's shape. */
export function answer(request: IncomingMessage, response: ServerResponse, refusal: ApiError | null): void {
  if (response.destroyed) return
  if (refusal === null) {
    response.statusCode = 204
    response.end()
    return
  }
  const body = Buffer.from(JSON.stringify(refusal.toBody()))
  // What a refused sender still sends is not waited for.
  if (!request.complete) {
    response.shouldKeepAlive = false
    request.resume()
  }
  response.writeHead(refusal.status, { ...errorHeaders(refusal.code), 'Content-Length': body.length }).end(body)
}

export const queryOf = (url: string): URLSearchParams =>
  new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '')

/** InfluxDB's rules: the v2 API refuses an unknown unit, 1.x takes it as nanoseconds. */
function precisionOf(query: URLSearchParams, dialect: AuthorizationDialect): Precision {
  const text = query.get('precision')
  if (text === null || text === '') return 'ns'
  const known = precisions.find((precision) => precision === text)
  if (known !== undefined) return known
  if (dialect === 'v1') return 'ns'
  throw new ApiError('invalid', 'invalid precision; valid precision units are ns, us, ms, and s')
}

/** @throws ApiError for a key that is too long to be kept */
export function checkedKey(key: string): string {
  if (Buffer.byteLength(key) > 255) throw new ApiError('invalid', 'the Idempotency-Key is longer than 255 bytes')
  return key
}
