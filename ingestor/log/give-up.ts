import { walkSegment } from './read-segment.ts'
import { type RecordAt, type RecordType, recordTypes } from './record.ts'
import type { Rewritten } from './rewritten.ts'
import type { RewrittenFile } from './rewritten-file.ts'
import { type Segment, segmentHeaderBytes } from './segment.ts'
import type { SegmentPool } from './segment-pool.ts'

/** What a record holds. */
export interface Content {
  readonly bucket: string
  readonly lines: number
}

/** Records that are given up: one, or all that a segment holds of a bucket. */
export interface Lost extends Content {
  readonly firstSequence: number
  readonly lastSequence: number
  readonly records: number
}

/** What a log may lose at its quota. */
export interface GiveUp {
  /** @param head a record's payload, or the first of the parts that it was appended in */
  contentOf(head: Uint8Array): Content
  mayGo(bucket: string): boolean
  /** Up to here nobody needs any record any more. */
  doneUpTo(): number
  /** Whether none of these records has been delivered, nor lives on in memory. */
  isUntouched(firstSequence: number, lastSequence: number): boolean
  /** These go, now. */
  tell(lost: readonly Lost[]): void
}

export interface GivingLog {
  /** Oldest first; the last one is being written and stays. */
  readonly segments: Segment[]
  readonly pool: SegmentPool
  readonly segmentBytes: number
  readonly durableSequence: () => number
  /** The greatest that is surely on disk. */
  readonly writtenSequence: () => number
  readonly isVoided: (segment: Segment, offset: number) => boolean
}

const windowBytes = 1 << 20
/** Less than this frees nothing: the first record of a rewritten segment takes about as much. */
const worthBytes = 512

/**
 * Makes room in the oldest segment that holds anything that may go. What must be kept of it goes, with its sequence numbers and
 * in its order, into a file of just that size, together with what was kept of the segment before where one file can hold both;
 * only when that is durable are the old files given back. A crash leaves the old ones or the new one to be read, never both; the
 * new one says what went, for a start that still finds the old ones.
 * @returns false when nothing is left that may go
 * @throws the file system's error; then the log is as it was
 */
export async function giveUpOldest(log: GivingLog, policy: GiveUp): Promise<boolean> {
  for (const segment of log.segments.slice(0, -1)) {
    if (segment.isSpent || segment.lastSequence > log.durableSequence()) continue
    try {
      const whole = wholeLossOf(segment, policy)
      if (whole !== null && (await replace(log, segment, whole, policy))) return true
      const loss = await survey(log, segment, policy)
      if (loss.lostBytes < worthBytes) segment.isSpent = true
      else {
        await replace(log, segment, loss, policy)
        return true
      }
    } catch (error) {
      // It was delivered while it was read, and its file is gone: that made room, too.
      if (log.segments.includes(segment)) throw error
      return true
    }
  }
  return false
}

/** What goes with a segment. */
interface Loss {
  readonly lost: readonly Lost[]
  readonly keptBytes: number
  /** Told without reading it, which holds only as long as nothing of it is delivered. */
  readonly isWhole: boolean
}

/** What goes with a segment that goes as a whole, as it was counted when it was written; null when it must be read. */
function wholeLossOf({ contents, firstSequence, lastSequence }: Segment, policy: GiveUp): Loss | null {
  if (contents === null || policy.doneUpTo() >= firstSequence || !policy.isUntouched(firstSequence, lastSequence))
    return null
  const lost: Lost[] = []
  for (const [bucket, { records, lines }] of contents) {
    if (!policy.mayGo(bucket)) return null
    lost.push({ firstSequence, lastSequence, bucket, records, lines })
  }
  return { lost, keptBytes: 0, isWhole: true }
}

type Fate = Lost | 'kept' | 'needless'

async function survey(
  log: GivingLog,
  segment: Segment,
  policy: GiveUp,
): Promise<Loss & { readonly lostBytes: number }> {
  const lost: Lost[] = []
  let lostBytes = 0
  let keptBytes = 0
  const fateOf = fates(log, segment, policy)
  const judge = (record: RecordAt, offset: number): boolean => {
    const fate = fateOf(record, offset)
    if (fate === 'kept') keptBytes += record.end - record.offset
    else if (fate !== 'needless') {
      lost.push(fate)
      lostBytes += record.end - record.offset
    }
    return true
  }
  await walkSegment(segment, segmentHeaderBytes, windowBytes, judge, () => false, true)
  return { lost, lostBytes, keptBytes, isWhole: false }
}

/** @param mayGo false: whatever is needed is kept */
const fates = (log: GivingLog, segment: Segment, policy: GiveUp, mayGo = true) => {
  const doneUpTo = policy.doneUpTo()
  return (record: RecordAt, offset: number): Fate => {
    // A void range is kept: the segment that it is about may still be there.
    if (record.type === recordTypes.void) return 'kept'
    if (record.type !== recordTypes.data || record.sequence <= doneUpTo || log.isVoided(segment, offset))
      return 'needless'
    if (!mayGo) return 'kept'
    const { bucket, lines } = policy.contentOf(record.payload)
    if (!policy.mayGo(bucket)) return 'kept'
    return { firstSequence: record.sequence, lastSequence: record.sequence, bucket, records: 1, lines }
  }
}

/** @returns false when nothing went, since some of what was to go as a whole has been delivered meanwhile */
async function replace(
  log: GivingLog,
  segment: Segment,
  { lost, keptBytes, isWhole }: Loss,
  policy: GiveUp,
): Promise<boolean> {
  const { segments, pool, segmentBytes } = log
  const at = segments.indexOf(segment)
  if (at === -1) return true
  const before = at === 0 ? null : segments[at - 1]!
  const isJoined = before !== null && before.rewritten !== null && before.endOffset + keptBytes < segmentBytes
  const old = isJoined ? [before, segment] : [segment]
  let kept: Segment | null = null
  const span = spanOf(old)
  // Nothing need be said of numbers before the first; but a later one must be on disk, or these would be given once more.
  if (before !== null || keptBytes > 0 || span.lastSequence >= log.writtenSequence())
    kept = await pool.rewrite({ ...span, lost: linesOf(lost, policy) }, async (file) => {
      if (isJoined) await copy(before, file, fates(log, before, policy, false))
      if (!isWhole) await copy(segment, file, fates(log, segment, policy))
    })
  const place = segments.indexOf(old[0]!)
  const isGone = place === -1 || !segments.includes(segment)
  if (isGone || (isWhole && !policy.isUntouched(segment.firstSequence, segment.lastSequence))) {
    // Delivered meanwhile.
    if (kept !== null) await pool.recycle(kept)
    return isGone
  }
  policy.tell(lost)
  segments.splice(place, old.length, ...(kept === null ? [] : [kept]))
  for (const one of old) await pool.recycle(one)
  return true
}

/** Lines by bucket, as they will be told. */
function linesOf(lost: readonly Lost[], policy: GiveUp): Record<string, number> {
  const byBucket = new Map<string, number>()
  for (const { firstSequence, lastSequence, bucket, lines } of lost)
    if (policy.isUntouched(firstSequence, lastSequence)) byBucket.set(bucket, (byBucket.get(bucket) ?? 0) + lines)
  return Object.fromEntries(byBucket)
}

/** What the segments stand for together. */
function spanOf(segments: readonly Segment[]): Rewritten {
  const first = segments[0]!
  const last = segments.at(-1)!
  return {
    fromSegment: first.rewritten?.fromSegment ?? first.number,
    toSegment: last.number,
    firstSequence: first.firstSequence,
    lastSequence: last.rewritten?.lastSequence ?? last.lastSequence,
  }
}

async function copy(
  segment: Segment,
  into: RewrittenFile,
  fateOf: (record: RecordAt, offset: number) => Fate,
): Promise<void> {
  for (let from = segmentHeaderBytes; from < segment.endOffset; ) {
    const kept: RecordAt[] = []
    const visit = (record: RecordAt, offset: number): boolean => {
      if (fateOf(record, offset) === 'kept') kept.push(record)
      return true
    }
    const end = await walkSegment(segment, from, windowBytes, visit, () => true)
    for (const { type, sequence, payload } of kept) await into.add(type as RecordType, sequence, payload)
    if (end === from) return
    from = end
  }
}
