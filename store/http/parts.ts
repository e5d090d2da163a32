import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { Clock } from '../../lib/clock.ts'
import type { StoreEngine } from '../engine.ts'
import type { EvaluationPool } from '../evaluation/pool.ts'
import type { Metadata } from '../metadata/metadata.ts'
import type { Authorization } from '../metadata/records.ts'

/** What the routes stand on. */
export interface Parts {
  readonly engine: StoreEngine
  readonly metadata: Metadata
  readonly pool: EvaluationPool
  readonly clock: Clock
  readonly startedMs: number
  readonly version: string
  /** Of a body, as sent and as inflated. */
  readonly bodyBytesMax: number
  readonly log: (line: string) => void
}

export interface Env {
  readonly Bindings: HttpBindings
  readonly Variables: { authorization: Authorization }
}
export type Call = Context<Env>

/** JSON as InfluxDB indents its resources. */
export const resource = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body, null, '\t'), {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8' },
  })
export const json = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json; charset=utf-8' } })
export const noContent = (): Response => new Response(null, { status: 204 })

export const parameters = (c: Call): URLSearchParams => new URL(c.req.url).searchParams
