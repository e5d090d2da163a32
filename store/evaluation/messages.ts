import type { Dialect } from '../../lib/annotated-csv/dialect.ts'
import type { BudgetLimits } from '../flux/budget.ts'
import type { FluxCode } from '../flux/errors.ts'
import type { ReadPlan, SeriesData } from '../flux/plan/read.ts'
import type { BucketInfo, PointToWrite } from '../flux/source.ts'

/** A query as a worker gets it. */
export interface QueryTask {
  readonly script: string
  /** Options that the client sent as a syntax tree, or null. */
  readonly extern: unknown
  readonly nowNs: bigint
  readonly dialect: Dialect
  /** The buckets that the query may see. */
  readonly buckets: readonly BucketInfo[]
  readonly limits: BudgetLimits
  readonly pushdown: boolean
  /** Runs everything, `to` included, and sends no table; whatever fails is an error. */
  readonly resultless: boolean
}

/** What a worker says to the owner of the data. Each `ask` blocks it until there is an answer. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'ask'; readonly ask: Ask }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly code: FluxCode; readonly message: string }

export type Ask =
  | { readonly kind: 'read'; readonly plan: ReadPlan }
  /** The next batch of a read; several may be open at a time. */
  | { readonly kind: 'next'; readonly read: number }
  | { readonly kind: 'close'; readonly read: number }
  | { readonly kind: 'series'; readonly plan: Omit<ReadPlan, 'aggregate'> }
  | { readonly kind: 'write'; readonly bucketId: string; readonly points: readonly PointToWrite[] }
  | { readonly kind: 'output'; readonly bytes: Uint8Array }

export type Answer =
  | { readonly kind: 'opened'; readonly read: number }
  /** Empty: the read has come to its end. */
  | { readonly kind: 'batch'; readonly series: readonly SeriesData[] }
  | { readonly kind: 'tags'; readonly tags: readonly SeriesData['tags'][] }
  | { readonly kind: 'written'; readonly partial: string | null }
  | { readonly kind: 'taken' }
  | { readonly kind: 'failed'; readonly code: FluxCode; readonly message: string }

/** What the owner says to a worker. */
export interface ToWorker {
  readonly task: QueryTask
  /** Element 0 becomes 1 when nobody waits for the answer any more. */
  readonly cancelled: Int32Array
}

export interface WorkerSetup {
  readonly answers: import('node:worker_threads').MessagePort
  /** Element 0 counts answers; the worker sleeps on it. */
  readonly signal: Int32Array
}
