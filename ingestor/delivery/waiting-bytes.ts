import { type Segment, segmentHeaderBytes } from '../log/segment.ts'
import type { DeliveredSet } from './delivered.ts'

/** Bytes of the log that wait for delivery. A segment that is delivered in part counts with its share of records. */
export function waitingBytes(segments: readonly Readonly<Segment>[], delivered: DeliveredSet): number {
  let bytes = 0
  for (const { firstSequence, lastSequence, endOffset, records } of segments) {
    if (records === 0 || lastSequence <= delivered.watermark) continue
    let waiting = lastSequence - Math.max(firstSequence - 1, delivered.watermark)
    for (const [from, to] of delivered.ranges)
      waiting -= Math.max(0, Math.min(to, lastSequence) - Math.max(from, firstSequence) + 1)
    const share = Math.min(1, waiting / (lastSequence - firstSequence + 1))
    bytes += Math.max(0, share) * (endOffset - segmentHeaderBytes)
  }
  return Math.round(bytes)
}
