import type { RecordAt } from './record.ts'

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
