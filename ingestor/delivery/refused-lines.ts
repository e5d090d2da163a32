import type { AcceptedWrite } from '../accepted-write.ts'
import type { DeadLetter, DeadLetterReason } from '../dead-letters/letter.ts'
import type { OutgoingLine } from './expand.ts'
import type { Outcome } from './send.ts'

/** What a letter says of the batch that its lines were in. */
type LetterOf = Pick<AcceptedWrite, 'bucket' | 'precision' | 'tokenId'>

/** Lines of a bucket that is gone: letters of many lines each, which can be sent again into another bucket. */
export function together(
  batch: LetterOf,
  lines: readonly OutgoingLine[],
  reason: string,
  atNs: bigint,
): Omit<DeadLetter, 'id'>[] {
  const letters: Omit<DeadLetter, 'id'>[] = []
  for (let i = 0; i < lines.length; ) {
    const parts: Buffer[] = []
    let bytes = 0
    while (i < lines.length && (parts.length === 0 || bytes + lines[i]!.bytes.length < letterBytesMax)) {
      parts.push(lines[i]!.bytes, lineEnd)
      bytes += lines[i++]!.bytes.length + 1
    }
    const message = `the bucket of these ${parts.length / 2} lines was deleted before they came there (${reason}); send them into another one`
    letters.push(letterOf(batch, atNs, 'refused', message, Buffer.concat(parts)))
  }
  return letters
}

const letterBytesMax = 1 << 20
const lineEnd = Buffer.from('\n')

/** A line that the database refused by itself. */
export const refusal = (
  batch: LetterOf,
  line: OutgoingLine,
  outcome: Extract<Outcome, { kind: 'bad' }>,
  atNs: bigint,
): Omit<DeadLetter, 'id'> =>
  letterOf(
    batch,
    atNs,
    outcome.status === 413 ? 'too large' : 'refused',
    `the database refused this line three times by itself, at last with ${outcome.reason}`,
    line.bytes,
  )

const letterOf = (
  { bucket, precision, tokenId }: LetterOf,
  atNs: bigint,
  reason: DeadLetterReason,
  message: string,
  bytes: Uint8Array,
): Omit<DeadLetter, 'id'> => ({
  atNs,
  reason,
  message,
  bucket,
  precision,
  tokenId,
  source: 'delivery',
  line: 0,
  byteOffset: 0,
  bytes,
})
