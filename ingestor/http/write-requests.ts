import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError, type ErrorCode } from '../../lib/errors.ts'
import { type BodyRoom, roomlessBytes } from '../../lib/http/body-room.ts'
import { asApiError } from '../../lib/http/error-answer.ts'
import { crowded } from '../../lib/http/read-body.ts'
import { type AuthorizationDialect, tokenOf } from '../../lib/tokens/authorization.ts'
import { type Precision, precisions } from '../accepted-write.ts'
import { type InflateLimits, inflate, isGzip } from '../decode/inflate.ts'
import type { Destinations } from '../destination.ts'
import type { Intake } from '../intake/intake.ts'
import { requestNameOf } from '../intake/request-name.ts'
import type { TokenScope } from '../intake/rights.ts'
import type { TokenStore } from '../tokens/token-store.ts'
import { BodyPool } from './body-pool.ts'
import { type Exchange, NodeExchange } from './exchange.ts'

export interface WriteOptions {
  readonly intake: Intake
  readonly tokens: TokenStore
  readonly destinations: Destinations
  readonly limits: InflateLimits & { readonly bodyBytesMax: number }
  /** For bodies on their way in, and those that wait to be inflated. */
  readonly room: BodyRoom
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
/** What a body is told whose lines are all stored, here or there. */
const judged: ReadonlySet<ErrorCode> = new Set(['invalid', 'unprocessable entity'])
const dialects: Readonly<Record<string, AuthorizationDialect>> = { '/api/v2/write': 'v2', '/write': 'v1' }

/** The dialect of a write address, undefined for any other. */
export function dialectOf(target: string): AuthorizationDialect | undefined {
  const queryAt = target.indexOf('?')
  return dialects[queryAt === -1 ? target : target.slice(0, queryAt)]
}

/**
 * The two write addresses, answered straight from Node's HTTP server: at one line per request the way through a router costs as
 * much as the work itself. Everything else goes on to `others`.
 */
export function writeRequests(writes: WriteRequests, others: Listener): Listener {
  return (request, response) => {
    const dialect = dialectOf(request.url!)
    if (dialect === undefined || request.method !== 'POST') others(request, response)
    else writes.handle(new NodeExchange(request, response), dialect)
  }
}

/** Takes requests to the write addresses in. */
export class WriteRequests {
  readonly #destinations = new Map<string, Destination>()
  readonly #bodies = new BodyPool(keptBodyBytesMax)
  readonly #memory = (bytes: number): Buffer => this.#bodies.take(bytes)

  constructor(readonly options: WriteOptions) {}

  handle(exchange: Exchange, dialect: AuthorizationDialect): void {
    try {
      const scope = this.#scopeOf(exchange, dialect)
      const destination = this.#destinations.get(exchange.target)
      if (destination !== undefined) this.#receive(exchange, scope, destination)
      else
        this.#destinationOf(exchange.target, dialect).then(
          (asked) => this.#receive(exchange, scope, asked),
          (error: unknown) => this.#fail(exchange, error),
        )
    } catch (error) {
      this.#fail(exchange, error)
    }
  }

  /** @throws ApiError 401 in InfluxDB's words */
  #scopeOf(exchange: Exchange, dialect: AuthorizationDialect): TokenScope {
    const { tokens } = this.options
    const { authorization, sender: last } = exchange
    if (last !== null && last.authorization === authorization && last.version === tokens.version && dialect === 'v2')
      return last.scope
    const query = dialect === 'v1' ? queryOf(exchange.target) : undefined
    const token = tokenOf(authorization, dialect, query)
    const scope = token === null ? null : tokens.find(token)
    if (scope === null)
      throw new ApiError('unauthorized', dialect === 'v1' && token !== null ? 'Unauthorized' : 'unauthorized access')
    if (authorization !== undefined && dialect === 'v2')
      exchange.sender = { authorization, scope, version: tokens.version }
    return scope
  }

  /** Destinations that are there by definition need no question, and are remembered by the whole address. */
  async #destinationOf(target: string, dialect: AuthorizationDialect): Promise<Destination> {
    const { destinations } = this.options
    const query = queryOf(target)
    const precision = precisionOf(query, dialect)
    const bucket = await (dialect === 'v2' ? destinations.of(query) : destinations.ofDatabase(query))
    const destination = { bucket, precision }
    if (destinations.isAlwaysThere(bucket)) {
      if (this.#destinations.size >= addressesMax) this.#destinations.clear()
      this.#destinations.set(target, destination)
    }
    return destination
  }

  #receive(exchange: Exchange, scope: TokenScope, destination: Destination): void {
    const { buckets } = scope
    if (buckets !== null && !buckets.includes(destination.bucket))
      exchange.answer(new ApiError('forbidden', 'insufficient permissions for write'))
    else {
      const { limits, room } = this.options
      exchange.collectBody(limits.bodyBytesMax, this.#received(exchange, scope, destination), this.#memory, room)
    }
  }

  #received(
    exchange: Exchange,
    scope: TokenScope,
    destination: Destination,
  ): (error: ApiError | null, body: Buffer) => void {
    return (error, body) => {
      if (error !== null) exchange.answer(error)
      else if (isGzip(exchange.contentEncoding)) this.#inflate(exchange, scope, destination, body)
      else this.#take(exchange, scope, destination, body)
    }
  }

  #inflate(exchange: Exchange, scope: TokenScope, destination: Destination, body: Buffer): void {
    const { limits, room } = this.options
    const held = body.length > roomlessBytes ? body.length : 0
    if (!room.take(held)) {
      exchange.answer(crowded(room.bytesMax))
      return
    }
    inflate(body, limits, this.#memory).then(
      (bytes) => {
        room.give(held)
        this.#bodies.give(body)
        this.#take(exchange, scope, destination, bytes)
      },
      (reason: unknown) => {
        room.give(held)
        this.#fail(exchange, reason)
      },
    )
  }

  #take(exchange: Exchange, scope: TokenScope, { bucket, precision }: Destination, bytes: Buffer): void {
    try {
      const name = requestNameOf(exchange.idempotencyKey, bytes, `${bucket} ${precision}`)
      this.options.intake.take({ bytes, bucket, precision, scope, name }, (refusal) => {
        // All of it is on disk, in the log or in dead letters, so nobody looks at it any more.
        if (refusal === null || judged.has(refusal.code)) this.#bodies.give(bytes)
        exchange.answer(refusal)
      })
    } catch (error) {
      this.#fail(exchange, error)
    }
  }

  #fail(exchange: Exchange, error: unknown): void {
    exchange.answer(asApiError(error, this.options.log))
  }
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
