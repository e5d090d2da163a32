import type { AcceptedWrite } from '../accepted-write.ts'
import type { Arrived } from './arrived.ts'
import { encodeRequestName } from './request-name.ts'
import type { TakenLines } from './taken.ts'

/** What a log record says of a request's lines for one bucket. */
export const headFor = (
  arrived: Arrived,
  bucket: string,
  arrivalNs: bigint,
  lines: TakenLines,
): Omit<AcceptedWrite, 'contextRuns'> => {
  const { extent } = lines
  const stamped = lines.withoutTime > 0
  const from = extent === null ? arrivalNs : BigInt(extent.fromSeconds) * nsPerSecond
  const to = extent === null ? arrivalNs : BigInt(extent.toSeconds) * nsPerSecond + nsPerSecond - 1n
  return {
    bucket,
    precision: arrived.precision,
    tokenId: arrived.scope.id,
    idempotencyKey: encodeRequestName(arrived.name),
    arrivalNs,
    earliestNs: clamped(stamped && arrivalNs < from ? arrivalNs : from),
    latestNs: clamped(stamped && arrivalNs > to ? arrivalNs : to),
    lines: lines.lines,
  }
}

const nsPerSecond = 1_000_000_000n
const latestNs = 2n ** 63n - 1n
const earliestNs = -(2n ** 63n)
const clamped = (ns: bigint): bigint => (ns > latestNs ? latestNs : ns < earliestNs ? earliestNs : ns)
