import type { Clock } from '../lib/clock.ts'
import type { ApiError } from '../lib/errors.ts'
import type { InfluxRequests } from '../lib/http/influx-request.ts'
import type { Precision } from './accepted-write.ts'
import { refusalOf } from './answer.ts'
import type { Batch } from './batch.ts'
import type { Contextualise } from './context/contextualise.ts'
import { deliver } from './deliver-directly.ts'
import { validate } from './validate/validate.ts'

export interface PipelineOptions {
  readonly clock: Clock
  readonly store: InfluxRequests
  readonly org: string
  readonly contextualise: Contextualise
  /** How many bad lines of one request are named. */
  readonly lineErrorsMax: number
}

export interface Arrived {
  readonly bytes: Uint8Array
  readonly bucket: string
  readonly precision: Precision
  readonly tokenId: string
}

/**
 * The way of a batch: stamp → validate → contextualise → deliver. When this resolves, the store has committed every good
 * line of it. (Logging and acknowledging before delivery comes between the last two, with the ingestor's own log.)
 * @returns what the sender is to be told of lines that were not taken, or null when all were
 * @throws ApiError, or BucketGone, when nothing was taken
 */
export async function take(arrived: Arrived, options: PipelineOptions): Promise<ApiError | null> {
  const batch: Batch = { ...arrived, arrivalNs: options.clock.nowNs() }
  const validated = validate(batch, options.lineErrorsMax)
  if (validated.goodLines === 0) return refusalOf(validated, null)
  const { partial } = await deliver(
    options.contextualise({ ...batch, bytes: validated.bytes }),
    options.store,
    options.org,
  )
  return refusalOf(validated, partial)
}
