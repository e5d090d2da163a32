import type { BucketRole } from './buckets.ts'
import type { TagName } from './tags.ts'

/** Line protocol's own types; `integer` is written with a trailing `i`. */
export type FieldType = 'float' | 'integer' | 'string' | 'boolean'

export interface FieldDefinition {
  readonly type: FieldType
  /** SI symbol or word; `''` for a number without a unit, `sensor` where each sensor has its own (plant model). */
  readonly unit: string
  /** One plain sentence without a full stop. */
  readonly meaning: string
}

/**
 * - `raw`: sent by devices and collectors
 * - `derived`: worked out by an analytics job; the time is the window's start
 * - `between`: what one part of Plantwatch tells another
 * - `system`: what Plantwatch tells about itself
 */
export type MeasurementKind = 'raw' | 'derived' | 'between' | 'system'

/** Fields of any number that share a name: `peak_1`, `peak_2`, … */
export interface FieldFamily extends FieldDefinition {
  /** What follows the underscore. */
  readonly suffix: 'number' | 'name'
}

export interface MeasurementDefinition {
  readonly kind: MeasurementKind
  readonly bucket: BucketRole
  /** What one point says, as one sentence without a full stop. */
  readonly description: string
  readonly fields: Readonly<Record<string, FieldDefinition>>
  /** Keyed by the name before the underscore. */
  readonly families?: Readonly<Record<string, FieldFamily>>
  readonly tags: readonly TagName[]
  /** Parts or jobs that write it in this version; empty: named, and nobody writes it yet. */
  readonly writers: readonly string[]
}
