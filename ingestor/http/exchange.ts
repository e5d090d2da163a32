import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ApiError } from '../../lib/errors.ts'
import type { BodyRoom } from '../../lib/http/body-room.ts'
import { errorHeaders } from '../../lib/http/error-answer.ts'
import { collectBody } from '../../lib/http/read-body.ts'
import type { TokenScope } from '../intake/rights.ts'

/** Who sent the last request of a connection, and by which header: the next one is most often from the same. */
export interface KnownSender {
  readonly authorization: string
  readonly scope: TokenScope
  readonly version: number
}

/** A request and its answer, whoever reads it off its connection. */
export interface Exchange {
  /** Path and query. */
  readonly target: string
  readonly authorization: string | undefined
  readonly contentEncoding: string | undefined
  readonly idempotencyKey: string | undefined
  /** Kept for the next request of the same connection. */
  sender: KnownSender | null
  /** As `collectBody`. */
  collectBody(
    bytesMax: number,
    done: (error: ApiError | null, body: Buffer) => void,
    memory: (bytes: number) => Buffer,
    room: BodyRoom,
  ): void
  /** Ends it: 204, or the refusal in InfluxDB's shape. What a refused sender still sends is not waited for. */
  answer(refusal: ApiError | null): void
}

const senders = new WeakMap<Socket, KnownSender>()

/** One that Node's HTTP server has read. */
export class NodeExchange implements Exchange {
  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
  ) {}

  get target(): string {
    return this.request.url!
  }
  get authorization(): string | undefined {
    return this.request.headers.authorization
  }
  get contentEncoding(): string | undefined {
    return this.request.headers['content-encoding']
  }
  get idempotencyKey(): string | undefined {
    const key = this.request.headers['idempotency-key']
    return typeof key === 'string' ? key : undefined
  }
  get sender(): KnownSender | null {
    return senders.get(this.request.socket) ?? null
  }
  set sender(sender: KnownSender | null) {
    if (sender !== null) senders.set(this.request.socket, sender)
    else senders.delete(this.request.socket)
  }

  collectBody(
    bytesMax: number,
    done: (error: ApiError | null, body: Buffer) => void,
    memory: (bytes: number) => Buffer,
    room: BodyRoom,
  ): void {
    collectBody(this.request, bytesMax, done, memory, room)
  }

  answer(refusal: ApiError | null): void {
    answer(this.request, this.response, refusal)
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
