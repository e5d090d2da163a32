import { freeMemory } from '../../lib/free-memory.ts'
import { type RecordAt, recordBytes, recordTypes } from './record.ts'
import { scanSegment } from './recover.ts'
import { type Segment, segmentHeaderBytes } from './segment.ts'

const windowBytesMin = 64 << 10

/**
 * Shows the whole records of a segment from an offset on, in order, window by window. What is damaged is passed over: it was
 * counted at recovery.
 * @param visit called with each record and its offset in the segment; false ends the walk before it
 * @param windowEnds whether the walk ends here, asked after each window
 * @param isPassing what is shown holds until `visit` returns: the memory of a window is freed at once
 * @returns where it ended: behind the last record that was taken
 */
export async function walkSegment(
  segment: Readonly<Segment>,
  from: number,
  windowBytes: number,
  visit: (record: RecordAt, offset: number) => boolean,
  windowEnds: () => boolean = () => false,
  isPassing = false,
): Promise<number> {
  const until = segment.endOffset
  let offset = from
  let bytesNow = Math.max(windowBytes + recordBytes(0), windowBytesMin)
  while (offset < until) {
    const window = Buffer.allocUnsafe(Math.min(bytesNow, until - offset))
    let filled = 0
    while (filled < window.length) {
      const count = await segment.file.read(window.subarray(filled), offset + filled)
      if (count === 0) break
      filled += count
    }
    let end = 0
    let isOver = false
    const take = (record: RecordAt): boolean => {
      if (!visit(record, offset + record.offset)) {
        isOver = true
        return false
      }
      end = record.end
      return true
    }
    scanSegment(window.subarray(0, filled), segment.seed, take, 0)
    if (isPassing) freeMemory(window)
    if (end === 0 && !isOver && offset + filled < until) {
      // A record that is larger than the window.
      bytesNow *= 4
      continue
    }
    offset += end
    if (end === 0 || isOver || windowEnds()) break
  }
  return offset
}

/** Records of one segment for a reader of the log, up to about `bytesMax` bytes, and where the last of them ended. */
export async function readSegment(
  segment: Readonly<Segment>,
  from: number,
  limits: { readonly sequence: number; readonly durableSequence: number; readonly bytesMax: number },
  isVoided: (offset: number) => boolean,
): Promise<{ readonly records: readonly RecordAt[]; readonly offset: number }> {
  const { sequence, durableSequence, bytesMax } = limits
  const records: RecordAt[] = []
  let total = 0
  const visit = (record: RecordAt, offset: number): boolean => {
    if (record.sequence > durableSequence || total >= bytesMax) return false
    if (record.sequence < sequence || record.type !== recordTypes.data || isVoided(offset)) return true
    records.push(record)
    total += record.payload.length
    return true
  }
  const offset = await walkSegment(
    segment,
    Math.max(from, segmentHeaderBytes),
    bytesMax,
    visit,
    () => records.length > 0,
  )
  return { records, offset }
}
