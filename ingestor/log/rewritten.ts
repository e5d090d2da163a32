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
 * ones the shorter is the later.
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
            other.sizeBytes < sizeBytes))
      if (!isLater) names.add(other.name)
    }
  }
  return names
}
