import type { EventError, LineError } from '../batch.ts'
import type { DeadLetter, DeadLetterReason } from '../dead-letters/letter.ts'
import type { Arrived, Origin } from './arrived.ts'
import { type BadEvent, type BadLines, badLinesApart } from './taken.ts'

/** A tag that explodes brings one fault thousands of times: few letters of their own show it. */
const seriesLettersMax = 20
const sharedLetterBytes = 1 << 20
/** What one letter can hold of a line: it has to fit into a segment of the dead letters' log. */
const letterBytesMax = 2 << 20

/** Where a bad line or event stood, and why it is bad: what an answer says of it. */
export const placeOf = ({ line, offset, index, reason }: BadEvent): LineError | EventError =>
  index === undefined ? { line, offset, reason } : { index, reason }

/** Bad parts and bad lines, each as it came, in the order in which they came. */
export const inOrder = ({ bad, of }: Origin, lines: readonly BadEvent[]): readonly BadEvent[] =>
  [
    ...bad,
    ...lines.map(({ kind, reason, line }) => {
      const { index, ...place } = of(line)
      return { kind, reason, ...place, ...(index === null ? {} : { index }) }
    }),
  ].sort((a, b) => a.line - b.line)

/** The dead letters of what was bad in a request. @param together lines that are told together @param atNs its arrival */
export function lettersOf(
  bad: readonly BadEvent[],
  together: readonly BadLines[],
  arrived: Arrived,
  atNs: bigint,
): Omit<DeadLetter, 'id'>[] {
  const letters: Omit<DeadLetter, 'id'>[] = []
  const { forcedTags } = arrived.scope
  const isForced = Object.keys(forcedTags).length > 0
  const lay = (line: BadEvent, bytes: Uint8Array, message: string): void => {
    // A line that no letter can hold goes into several, so that not a byte of it is lost.
    const parts = Math.max(1, Math.ceil(bytes.length / letterBytesMax))
    for (let part = 0; part < parts; part++)
      letters.push({
        atNs,
        reason: line.kind,
        message: parts === 1 ? message : `part ${part + 1} of ${parts}: ${message}`,
        bucket: arrived.bucket,
        precision: arrived.precision,
        tokenId: arrived.scope.id,
        source: arrived.source ?? 'line protocol',
        line: line.line,
        byteOffset: line.offset,
        bytes: bytes.subarray(part * letterBytesMax, (part + 1) * letterBytesMax),
        ...(arrived.origin === undefined ? {} : { tags: arrived.origin.tags }),
        ...(isForced ? { forcedTags } : {}),
      })
  }
  const byKind = new Map<DeadLetterReason, BadEvent[]>()
  for (const line of bad) {
    const known = byKind.get(line.kind)
    if (known === undefined) byKind.set(line.kind, [line])
    else known.push(line)
  }
  for (const [kind, lines] of byKind) {
    const own = kind === 'series' ? seriesLettersMax : badLinesApart
    for (const line of lines.slice(0, own)) lay(line, line.bytes, line.reason)
    for (let i = own; i < lines.length; ) {
      const first = lines[i]!
      const parts: Uint8Array[] = []
      let bytes = 0
      while (i < lines.length && (parts.length === 0 || bytes + lines[i]!.bytes.length < sharedLetterBytes)) {
        parts.push(lines[i]!.bytes, lineFeed)
        bytes += lines[i++]!.bytes.length + 1
      }
      lay(first, Buffer.concat(parts), sharedMessage(parts.length / 2, first.reason))
    }
  }
  for (const one of together) lay(one, one.bytes, sharedMessage(one.lines, one.reason))
  return letters
}

const sharedMessage = (lines: number, reason: string): string =>
  `${lines} bad lines of one request, the first: ${reason}`

const lineFeed = new Uint8Array([10])
