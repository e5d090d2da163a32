/** What a bucket is for; its name can be set, its role cannot. */
export type BucketRole = 'raw' | 'derived' | 'rollup' | 'quarantine'

export interface BucketDefinition {
  /** The name unless settings say otherwise (`INFLUX_BUCKET` names the raw one). */
  readonly name: string
  /** Seconds a point is kept; 0 = for ever (InfluxDB's `everySeconds`). */
  readonly retentionSeconds: number
  readonly holds: string
}

/** Raw and derived are kept for ever unless the plant says otherwise: imports are years old. */
export const buckets = {
  raw: { name: 'plant_raw', retentionSeconds: 0, holds: 'what devices and collectors sent, as it was sent' },
  derived: {
    name: 'plant_derived',
    retentionSeconds: 0,
    holds: 'what Plantwatch worked out, tells its own parts, or tells about itself',
  },
  rollup: { name: 'plant_rollup', retentionSeconds: 0, holds: 'coarser copies of raw series for long ranges' },
  quarantine: {
    name: 'plant_quarantine',
    retentionSeconds: 90 * 86_400,
    holds: 'readings outside their plausible range, until somebody releases them',
  },
} as const satisfies Record<BucketRole, BucketDefinition>

export const bucketRoles = Object.keys(buckets) as readonly BucketRole[]

export type BucketNames = Readonly<Record<BucketRole, string>>

/** The bucket of each role. @param rawBucket name of the raw bucket where the settings give one */
export function bucketNames(rawBucket: string = buckets.raw.name): BucketNames {
  return {
    raw: rawBucket,
    derived: buckets.derived.name,
    rollup: buckets.rollup.name,
    quarantine: buckets.quarantine.name,
  }
}
