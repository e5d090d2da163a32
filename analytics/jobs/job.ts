import type { Clock } from '../../lib/clock.ts'
import type { InfluxClient } from '../../lib/influx/client.ts'
import type { InfluxPoint } from '../../lib/influx/point.ts'
import type { BucketNames } from '../../lib/schema/buckets.ts'
import type { MeasurementName } from '../../lib/schema/measurements.ts'

/** Windows [startNs, stopNs) that lie side by side and are worked out together. */
export interface Stretch {
  readonly startNs: bigint
  readonly stopNs: bigint
}

export interface Parameter {
  readonly value: number | string
  /** Empty where it has none. */
  readonly unit: string
  readonly meaning: string
}

/** When a job runs; whatever starts it, it runs by the same rules. */
export type Trigger =
  /** Looks at the last `lookbackHours` hours. @param cron as node-cron has it, in UTC */
  | { readonly kind: 'cron'; readonly cron: string; readonly lookbackHours: number }
  /** Looks at everything that was ever written: imports are years old. Also at every start of the service. */
  | { readonly kind: 'sweep'; readonly cron: string }
  /** Reruns the windows that points of this measurement name with `from_ns` and `to_ns`. */
  | { readonly kind: 'named'; readonly measurement: 'late_arrival' | 'context_change' }
  /** Runs when somebody asks: `POST /api/v1/jobs/NAME/runs`, `plantwatch job run`. */
  | { readonly kind: 'on demand' }

export interface JobInput {
  readonly influx: InfluxClient
  readonly buckets: BucketNames
  readonly clock: Clock
}

/** What a job worked out of one stretch. */
export interface JobOutput {
  /** Values read. */
  readonly rows: number
  readonly points: readonly InfluxPoint[]
}

/**
 * One analytics job: query → pure function → points. `dueIn` says what is missing or out of date; together with points that are the
 * same whenever a window is worked out again, that makes what is in the store the job's own watermark.
 */
export interface Job {
  readonly name: string
  /** One sentence without a full stop. */
  readonly description: string
  readonly triggers: readonly Trigger[]
  readonly reads: readonly MeasurementName[]
  readonly writes: MeasurementName
  readonly parameters: Readonly<Record<string, Parameter>>
  /** Length of a window. */
  readonly windowNs: bigint
  /** A window is worked out when it ended this long ago; what comes later makes it run again. */
  readonly latenessNs: bigint
  /** At most this much is read at once: it bounds the memory. */
  readonly stretchNsMax: bigint
  /** Starts of the windows within a stretch that have values which their points do not speak for. */
  dueIn(input: JobInput, stretch: Stretch): Promise<readonly bigint[]>
  /** Reads a stretch of whole windows and works out its points. Without side effects. */
  run(input: JobInput, stretch: Stretch): Promise<JobOutput>
  /** In InfluxDB's words: the points that this job wrote. */
  readonly ownPoints: string
}
