import { freeMemory } from '../../lib/free-memory.ts'
import type { LogFolder } from './files.ts'
import { recordTypes } from './record.ts'
import { readWhole, type SegmentScan, scanSegment } from './recover.ts'
import { decodeRewritten, type GivenUp, type Rewritten, superseded, untold } from './rewritten.ts'
import { parseSegmentName, type Segment, segmentHeaderBytes } from './segment.ts'
import { decodeVoid, type VoidRange } from './void-ranges.ts'

export interface Recovery {
  readonly records: number
  readonly bytes: number
  /** Records known to be missing between others that are there, by their sequence numbers. */
  readonly missingRecords: number
  readonly damagedStretches: number
  readonly tornBytes: number
  /** What the last process gave up at the quota in its last moment, and could not tell of any more. */
  readonly givenUp: readonly GivenUp[]
}

interface FoundSegments {
  /** In order. */
  readonly segments: readonly Segment[]
  /** Another one stands for these: their files are free. */
  readonly superseded: readonly Segment[]
  readonly voided: readonly VoidRange[]
  readonly recovery: Recovery
}

type Stretch = readonly [from: number, to: number]

/** Opens every segment of a folder and goes through it, in the memory of one. */
export async function recoverSegments(folder: LogFolder, names: readonly string[]): Promise<FoundSegments> {
  const found: Segment[] = []
  const details = new Map<
    Segment,
    { stretches: Stretch[]; voided: VoidRange[]; damaged: Stretch[]; unfinished: SegmentScan['unfinished'] }
  >()
  let memory: Buffer | undefined
  for (const name of [...names].sort()) {
    const parsed = parseSegmentName(name)
    if (parsed === null) continue
    const file = await folder.open(name, false)
    const bytes = await readWhole(file, memory)
    if (bytes.length > (memory?.length ?? 0)) memory = bytes
    const voided: VoidRange[] = []
    const stretches: [number, number][] = []
    let rewritten: Rewritten | null = null
    const scan = scanSegment(bytes, parsed.seed, (record) => {
      if (record.type === recordTypes.void) voided.push(decodeVoid(record))
      if (record.type === recordTypes.rewritten) rewritten = decodeRewritten(record)
      const last = stretches.at(-1)
      if (last !== undefined && record.sequence === last[1] + 1) last[1] = record.sequence
      else if (rewritten === null) stretches.push([record.sequence, record.sequence])
      return true
    })
    const { records, firstSequence, lastSequence, endOffset, unfinished } = scan
    const sizes = { sizeBytes: bytes.length, endOffset, records, firstSequence, lastSequence }
    const segment: Segment = { ...parsed, ...sizes, name, file, rewritten, isSpent: false, contents: null }
    const damaged = scan.damaged.map(({ from, to }): Stretch => [from, to])
    found.push(segment)
    details.set(segment, { stretches, voided, damaged, unfinished })
  }
  if (memory !== undefined) freeMemory(memory)
  const goneNames = superseded(found)
  const gone = found.filter(({ name }) => goneNames.has(name))
  const segments = found.filter(({ name }) => !goneNames.has(name))
  const all = segments.map((segment) => details.get(segment)!)
  const voided = all.flatMap((one) => one.voided)
  const used = segments.filter(({ records }) => records > 0)
  // Sequence numbers have no gaps but for records that were refused, which void ranges name, and those given up.
  const accounted = [
    ...all.flatMap(({ stretches }) => stretches),
    ...voided.map(({ firstSequence, lastSequence }): Stretch => [firstSequence, lastSequence]),
    ...segments.flatMap(({ rewritten }): Stretch[] =>
      rewritten === null ? [] : [[rewritten.firstSequence, rewritten.lastSequence]],
    ),
  ]
  const greatest = Math.max(
    0,
    ...segments.map(({ lastSequence, rewritten }) => Math.max(lastSequence, rewritten?.lastSequence ?? 0)),
  )
  return {
    segments,
    superseded: gone,
    voided,
    recovery: {
      records: used.reduce((sum, segment) => sum + segment.records, 0),
      bytes: used.reduce((sum, segment) => sum + segment.endOffset - segmentHeaderBytes, 0),
      missingRecords:
        lostAtStart(used[0], details.get(used[0]!)?.damaged ?? [], voided) +
        gaps(accounted, used[0]?.firstSequence ?? 1, used.at(-1)?.lastSequence ?? 0),
      damagedStretches: all.reduce((sum, { damaged }) => sum + damaged.length, 0),
      tornBytes: segments.reduce((sum, segment) => {
        const { unfinished } = details.get(segment)!
        // A record of the file's earlier life has a smaller number.
        const before = segment.records > 0 ? segment.lastSequence : greatest
        return sum + (unfinished !== null && unfinished.sequence > before ? unfinished.bytes : 0)
      }, 0),
      givenUp: untold(segments, gone),
    },
  }
}

/** Before the first whole record no gap in the numbers tells of a lost one. */
function lostAtStart(head: Segment | undefined, damaged: readonly Stretch[], voided: readonly VoidRange[]): number {
  if (head === undefined || damaged[0]?.[0] !== segmentHeaderBytes) return 0
  return voided.some(({ segment, from }) => segment === head.number && from === segmentHeaderBytes) ? 0 : 1
}

/** Whole numbers of [first, last] that lie in no stretch. */
function gaps(stretches: readonly Stretch[], first: number, last: number): number {
  let missing = 0
  let next = first
  for (const [from, to] of [...stretches].sort((a, b) => a[0] - b[0])) {
    if (to < next) continue
    if (from > last) break
    missing += Math.max(0, from - next)
    next = to + 1
  }
  return missing + Math.max(0, last - next + 1)
}
