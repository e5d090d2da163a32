import type { RecordAt } from './record.ts'

/**
 * What a segment says in its first record when it holds what was kept of others at the quota: it stands for them, and sequence
 * numbers within its range that no record has were given up.
 */
export interface Rewritten {
  /** Numbers of the segments that it stands for; its own is the last of them. */
  readonly fromSegment: number
  readonly toSegment: number
  readonly firstSequence: number
  readonly lastSequence: number
  /** Lines by bucket that went when it was made; of what segments it stands for had given up before, it says nothing. */
  readonly lost?: Readonly<Record<string, number>>
}

/** Lines of a bucket that went at the quota, all numbered up to `lastSequence`. */
export interface GivenUp {
  readonly bucket: string
  readonly lines: number
  readonly lastSequence: number
}

/** The payload of that record. */
export const encodeRewritten = (rewritten: Rewritten): Buffer => Buffer.from(JSON.stringify(rewritten))
export const decodeRewritten = (record: RecordAt): Rewritten => JSON.parse(record.payload.toString()) as Rewritten

interface Named {
  readonly name: string
  readonly number: number
  readonly sizeBytes: number
  readonly rewritten: Rewritten | null
}

/**
 * Segments that another one stands for already: a crash came before their files were given back. Of two that stand for the same
 * ones the shorter is the later; of two that are as long either will do, and one stays.
 */
export function superseded(segments: readonly Named[]): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { name, rewritten, sizeBytes } of segments) {
    if (rewritten === null) continue
    const { fromSegment, toSegment } = rewritten
    for (const other of segments) {
      if (other.name === name || other.number < fromSegment || other.number > toSegment) continue
      const isLater =
        other.rewritten !== null &&
        (other.rewritten.fromSegment < fromSegment ||
          (other.rewritten.fromSegment === fromSegment &&
            other.rewritten.toSegment === toSegment &&
            (other.sizeBytes < sizeBytes || (other.sizeBytes === sizeBytes && other.name < name))))
      if (!isLater) names.add(other.name)
    }
  }
  return names
}

/**
 * What went right before the last process ended, which had no time left to tell of it: a segment that it stood for is still there.
 * @param gone the superseded ones
 */
export const untold = (segments: readonly Named[], gone: readonly Named[]): readonly GivenUp[] =>
  segments.flatMap(({ rewritten }) => {
    if (rewritten?.lost === undefined) return []
    const { fromSegment, toSegment, lastSequence, lost } = rewritten
    if (!gone.some(({ number }) => number >= fromSegment && number <= toSegment)) return []
    return Object.entries(lost).map(([bucket, lines]) => ({ bucket, lines, lastSequence }))
  })
