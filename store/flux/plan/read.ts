/** What to read from storage. Plain data, so it crosses threads; no SQL here. */
import type { ColumnData, ColumnType } from '../column.ts'

/** A tag (with `_measurement` and `_field` among them), or the value of a point. */
export type Reference = { readonly kind: 'tag'; readonly name: string } | { readonly kind: 'value' }
/** bigint = int, and `{uint}` and `{regex}` (RE2 source) say what they are. */
export type Literal = string | number | bigint | boolean | { readonly uint: bigint } | { readonly regex: string }

/**
 * A condition with *storage* semantics (embedded-store reference 4.12): `!=` and `!~` on a tag also take series that lack the tag;
 * a comparison of `_value` does not select a series of an incomparable type (and never raises); int and float literals
 * compare with int and float series alike, never with uint series; a regex selects string fields only.
 */
export type Predicate =
  | { readonly kind: 'and' | 'or'; readonly left: Predicate; readonly right: Predicate }
  | {
      readonly kind: 'compare'
      readonly op: '==' | '!=' | '<' | '<=' | '>' | '>=' | '=~' | '!~'
      readonly left: Reference
      readonly right: Literal
    }
  | { readonly kind: 'exists'; readonly reference: Reference; readonly negated: boolean }

export type AggregateFunction = 'count' | 'sum' | 'mean' | 'min' | 'max' | 'first' | 'last'

export interface ReadPlan {
  readonly bucketId: string
  /** [startNs, stopNs) */
  readonly startNs: bigint
  readonly stopNs: bigint
  readonly predicate: Predicate | null
  /**
   * Computed by storage when set, per series and window (whole range without `everyNs`). Windows start at
   * offsetNs + i·everyNs. Aggregates give the (unclipped) window start as time; selectors the time of the point they chose,
   * first by time on equal values. Empty windows give no row.
   */
  readonly aggregate?: { readonly fn: AggregateFunction; readonly everyNs?: bigint; readonly offsetNs?: bigint }
}

/** One series' points, in time order. */
export interface SeriesData {
  /** Sorted by name, bytes order, `_field` and `_measurement` among them. */
  readonly tags: readonly (readonly [name: string, value: string])[]
  readonly type: Exclude<ColumnType, 'time'>
  readonly times: BigInt64Array
  readonly values: ColumnData
}
