import type { LogFile } from './files.ts'
import { claimAt, decodeRecord, nextCandidate, type RecordAt } from './record.ts'
import { segmentHeaderBytes } from './segment.ts'

export interface SegmentScan {
  readonly records: number
  readonly firstSequence: number
  readonly lastSequence: number
  /** End of the last whole record: where appending may go on. */
  readonly endOffset: number
  /** Stretches between whole records that hold damaged bytes. */
  readonly damaged: readonly { readonly from: number; readonly to: number }[]
  /**
   * What begins after the last whole record and is none: a torn, never acknowledged write, or a record of the file's earlier life,
   * whose sequence number is an old one.
   */
  readonly unfinished: { readonly bytes: number; readonly sequence: number } | null
}

/**
 * Bytes of a whole segment file. A segment is small (64 MB), and a scan happens at a start only.
 * @param into memory that is used where it is large enough: a log of many segments needs that of one
 */
export async function readWhole(file: LogFile, into: Buffer = Buffer.alloc(0)): Promise<Buffer> {
  const size = await file.size()
  const bytes = into.length >= size ? into.subarray(0, size) : Buffer.allocUnsafeSlow(size)
  let at = 0
  while (at < bytes.length) {
    const count = await file.read(bytes.subarray(at, Math.min(bytes.length, at + (4 << 20))), at)
    if (count === 0) break
    at += count
  }
  return bytes.subarray(0, at)
}

/**
 * Walks a segment from its start. A damaged record costs itself alone: the walk goes on at the next place where a header
 * stands and the checksum holds.
 * @param visit called for each whole record; false ends the walk before it
 * @param from where the first record stands in `bytes`, a multiple of 8
 */
export function scanSegment(
  bytes: Buffer,
  seed: number,
  visit: (record: RecordAt) => boolean | undefined = () => undefined,
  from: number = segmentHeaderBytes,
): SegmentScan {
  let offset = from
  let endOffset = from
  let records = 0
  let firstSequence = Number.POSITIVE_INFINITY
  let lastSequence = Number.NEGATIVE_INFINITY
  const damaged: { from: number; to: number }[] = []
  for (;;) {
    let record = decodeRecord(bytes, offset, seed)
    if (record === null) {
      let at = nextCandidate(bytes, offset + (offset % 8 === 0 ? 8 : 0))
      while (at !== -1 && (record = decodeRecord(bytes, at, seed)) === null) at = nextCandidate(bytes, at + 8)
      if (record === null) break
      damaged.push({ from: offset, to: record.offset })
    }
    if (visit(record) === false) break
    records++
    firstSequence = Math.min(firstSequence, record.sequence)
    lastSequence = Math.max(lastSequence, record.sequence)
    offset = record.end
    endOffset = record.end
  }
  const claim = claimAt(bytes, endOffset)
  const unfinished =
    claim === null ? null : { bytes: Math.min(claim.end, bytes.length) - endOffset, sequence: claim.sequence }
  return { records, firstSequence, lastSequence, endOffset, damaged, unfinished }
}
