import type { RecordAt } from './record.ts'
import { scanSegment } from './recover.ts'
import type { Segment } from './segment.ts'

/** A stretch of a segment whose records were refused: they are never read, though their bytes may be on disk. */
export interface VoidRange {
  readonly segment: number
  /** Offsets in the segment. */
  readonly from: number
  readonly to: number
  readonly firstSequence: number
  readonly lastSequence: number
}

/** The payload of a void record, which declares a range void. */
export const encodeVoid = (range: VoidRange): Buffer => Buffer.from(JSON.stringify(range))
export const decodeVoid = (record: RecordAt): VoidRange => JSON.parse(record.payload.toString()) as VoidRange

/** Whole records that stand within a void range. */
export async function recordsIn(range: VoidRange, segments: readonly Segment[]): Promise<number> {
  const segment = segments.find((candidate) => candidate.number === range.segment)
  if (segment === undefined) return 0
  const bytes = Buffer.alloc(range.to - range.from)
  const count = await segment.file.read(bytes, range.from)
  return scanSegment(bytes.subarray(0, count), segment.seed, undefined, 0).records
}
