import { type Segment, segmentHeaderBytes } from '../log/segment.ts'
import type { DeliveredSet } from './delivered.ts'

/** Bytes of the log that wait for delivery. A segment that is delivered in part counts with its share of records. */
export function waitingBytes(segments: readonly Readonly<Segment>[], delivered: DeliveredSet): number {
  let bytes = 0
  for (const { firstSequence, lastSequence, endOffset, records } of segments) {
    if (records === 0) continue
    const waiting = waitingNumbers(firstSequence, lastSequence, delivered)
    bytes += Math.min(1, waiting / (lastSequence - firstSequence + 1)) * (endOffset - segmentHeaderBytes)
  }
  return Math.round(bytes)
}

/**
 * Records of the log that wait for delivery. Of a segment that was rewritten and is delivered in part it is known about, and
 * never 0 too early.
 */
export function waitingRecords(
  segments: readonly Readonly<Segment>[],
  delivered: DeliveredSet,
  durableSequence: number,
): number {
  let count = 0
  for (const { firstSequence, lastSequence, records, rewritten } of segments) {
    const last = Math.min(lastSequence, durableSequence)
    if (last < firstSequence) continue
    const waiting = waitingNumbers(firstSequence, last, delivered)
    // The first record of a rewritten segment tells of it and waits for nothing.
    if (rewritten === null) count += waiting
    else count += Math.ceil((waiting / (last - firstSequence + 1)) * (records - 1))
  }
  return count
}

/** Sequence numbers of [first, last] that are not delivered. */
function waitingNumbers(first: number, last: number, { watermark, ranges }: DeliveredSet): number {
  if (last <= watermark) return 0
  let waiting = last - Math.max(first - 1, watermark)
  for (const [from, to] of ranges) waiting -= Math.max(0, Math.min(to, last) - Math.max(from, first) + 1)
  return Math.max(0, waiting)
}
