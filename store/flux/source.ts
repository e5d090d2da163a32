import type { Predicate, ReadPlan, SeriesData } from './plan/read.ts'

export interface BucketInfo {
  readonly id: string
  readonly orgId: string
  /** Name of its organization; unsaid: a script cannot name it. */
  readonly orgName?: string
  readonly name: string
  /** 0 = for ever */
  readonly retentionNs: bigint
  /** False hides it from `from` and `buckets`; unsaid: true. */
  readonly readable?: boolean
  /** False hides it from `to`; unsaid: true. */
  readonly writable?: boolean
}

export interface PointToWrite {
  readonly measurement: string
  /** Any order; no empty values. */
  readonly tags: readonly (readonly [string, string])[]
  /** number = float, bigint = int, `{uint}`, string, boolean */
  readonly fields: readonly (readonly [string, number | bigint | string | boolean | { readonly uint: bigint }])[]
  readonly timeNs: bigint
}

/**
 * Where the engine reads and writes; it sees only the buckets of the organization and the token it runs for.
 * Calls block until the answer is there: evaluation runs in a worker thread of its own.
 */
export interface Source {
  buckets(): readonly BucketInfo[]
  /** Series in the order of storage: bytes of `measurement,tag=value,…` (tags sorted), then field. Series without points in range are left out. */
  read(plan: ReadPlan): Iterable<SeriesData>
  /** The tag sets (with `_measurement`, `_field`) of series with points in the range, in the order of storage. */
  series(plan: {
    readonly bucketId: string
    readonly startNs: bigint
    readonly stopNs: bigint
    readonly predicate: Predicate | null
  }): Iterable<SeriesData['tags']>
  /** Committed when it returns. @returns the text of a partial write (`partial write: … dropped=n`), or null */
  write(bucketId: string, points: readonly PointToWrite[]): string | null
}
