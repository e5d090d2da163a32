import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { ApiError } from '../../lib/errors.ts'
import { asApiError, errorHeaders } from '../../lib/http/error-answer.ts'
import { collectBody } from '../../lib/http/read-body.ts'
import { type AuthorizationDialect, tokenOf } from '../../lib/tokens/authorization.ts'
import { type Precision, precisions } from '../accepted-write.ts'
import { type InflateLimits, inflate, isGzip } from '../decode/inflate.ts'
import type { Destinations } from '../destination.ts'
import type { Intake } from '../intake/intake.ts'
import type { TokenScope } from '../intake/rights.ts'
import type { TokenStore } from '../tokens/token-store.ts'
import { BodyPool } from './body-pool.ts'

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
const keptBodyBytesMax = 32 << 20
const dialects: Readonly<Record<string, AuthorizationDialect>> = { '/api/v2/write': 'v2', '/write': 'v1' }

/**
 * The two write addresses, answered straight from Node's HTTP server: at one line per request the way through a router costs as
 * much as the work itself. Everything else goes on to `others`.
 */
export function writeRequests(options: WriteOptions, others: Listener): Listener {
  const writes = new WriteRequests(options)
  return (request, response) => {
    const url = request.url!
    const queryAt = url.indexOf('?')
    const dialect = dialects[queryAt === -1 ? url : url.slice(0, queryAt)]
    if (dialect === undefined || request.method !== 'POST') others(request, response)
    else writes.handle(request, response, dialect)
  }
}

/** Who sent the last request of a connection, and by which header: the next one is most often from the same. */
interface KnownSender {
  readonly authorization: string
  readonly scope: TokenScope
  readonly version: number
}

class WriteRequests {
  readonly #destinations = new Map<string, Destination>()
  readonly #senders = new WeakMap<Socket, KnownSender>()
  readonly #bodies = new BodyPool(keptBodyBytesMax)
  readonly #memory = (bytes: number): Buffer => this.#bodies.take(bytes)

  constructor(readonly options: WriteOptions) {}

  handle(request: IncomingMessage, response: ServerResponse, dialect: AuthorizationDialect): void {
    try {
      const scope = this.#scopeOf(request, dialect)
      const destination = this.#destinations.get(request.url!)
      if (destination !== undefined) this.#receive(request, response, scope, destination)
      else
        this.#destinationOf(request.url!, dialect).then(
          (asked) => this.#receive(request, response, scope, asked),
          (error: unknown) => this.#fail(request, response, error),
        )
    } catch (error) {
      this.#fail(request, response, error)
    }
  }

  /** @throws ApiError 401 in InfluxDB's words */
  #scopeOf(request: IncomingMessage, dialect: AuthorizationDialect): TokenScope {
    const { tokens } = this.options
    const { authorization } = request.headers
    const last = this.#senders.get(request.socket)
    if (
      last !== undefined &&
      last.authorization === authorization &&
      last.version === tokens.version &&
      dialect === 'v2'
    )
      return last.scope
    const query = authorization === undefined && dialect === 'v1' ? queryOf(request.url!) : undefined
    const token = tokenOf(authorization, dialect, query)
    const scope = token === null ? null : tokens.find(token)
    if (scope === null)
      throw new ApiError('unauthorized', dialect === 'v1' && token !== null ? 'Unauthorized' : 'unauthorized access')
    if (authorization !== undefined && dialect === 'v2')
      this.#senders.set(request.socket, { authorization, scope, version: tokens.version })
    return scope
  }

  /** Destinations that are there by definition need no question, and are remembered by the whole address. */
  async #destinationOf(url: string, dialect: AuthorizationDialect): Promise<Destination> {
    const { destinations } = this.options
    const query = queryOf(url)
    const precision = precisionOf(query, dialect)
    const bucket = await (dialect === 'v2' ? destinations.of(query) : destinations.ofDatabase(query))
    const destination = { bucket, precision }
    if (destinations.isAlwaysThere(bucket)) {
      if (this.#destinations.size >= addressesMax) this.#destinations.clear()
      this.#destinations.set(url, destination)
    }
    return destination
  }

  #receive(request: IncomingMessage, response: ServerResponse, scope: TokenScope, destination: Destination): void {
    const { limits } = this.options
    const { buckets } = scope
    if (buckets !== null && !buckets.includes(destination.bucket)) {
      answer(request, response, new ApiError('forbidden', 'insufficient permissions for write'))
      return
    }
    collectBody(request, limits.bodyBytesMax, this.#received(request, response, scope, destination), this.#memory)
  }

  #received(
    request: IncomingMessage,
    response: ServerResponse,
    scope: TokenScope,
    destination: Destination,
  ): (error: ApiError | null, body: Buffer) => void {
    const { limits } = this.options
    return (error, body) => {
      if (error !== null) this.#fail(request, response, error)
      else if (isGzip(request.headers['content-encoding']))
        inflate(body, limits).then(
          (bytes) => {
            this.#bodies.give(body)
            this.#take(request, response, scope, destination, bytes)
          },
          (reason: unknown) => this.#fail(request, response, reason),
        )
      else this.#take(request, response, scope, destination, body)
    }
  }

  #take(
    request: IncomingMessage,
    response: ServerResponse,
    scope: TokenScope,
    { bucket, precision }: Destination,
    bytes: Buffer,
  ): void {
    try {
      const key = request.headers['idempotency-key']
      const named = typeof key === 'string' && key !== '' ? { idempotencyKey: checkedKey(key) } : null
      const arrived = { bytes, bucket, precision, scope }
      this.options.intake.take(named === null ? arrived : { ...arrived, ...named }, (refusal) => {
        // All of it is on disk, so nobody looks at it any more; of a refused body some may still be shown.
        if (refusal === null) this.#bodies.give(bytes)
        answer(request, response, refusal)
      })
    } catch (error) {
      this.#fail(request, response, error)
    }
  }

  #fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    answer(request, response, asApiError(error, this.options.log))
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
