/** Why a line lies here. A closed list, so that counters by reason stay few. */
export const deadLetterReasons = {
  syntax: 'the line is not line protocol',
  event: 'the event could not be read',
  'field type': 'the field holds another type than before',
  time: 'the time stamp is too far ahead, too old, or in another precision',
  forbidden: 'the token may not write this',
  series: 'the series budget of the token or machine is used up',
  'too large': 'the line, a tag or a field is larger than the limit',
  refused: 'the database refused the line three times by itself',
} as const
export type DeadLetterReason = keyof typeof deadLetterReasons

export type DeadLetterState = 'open' | 'replayed' | 'discarded'

/** One line that was not stored, with all that is needed to mend it and send it again. */
export interface DeadLetter {
  /** Rises with each letter. */
  readonly id: number
  /** When it was laid down. */
  readonly atNs: bigint
  readonly reason: DeadLetterReason
  /** The whole sentence, with what and how to mend it. */
  readonly message: string
  readonly bucket: string
  /** Precision of the request: ns, us, ms or s. */
  readonly precision: string
  /** The token it came by; never the token itself. */
  readonly tokenId: string
  /** What kind of body it came in. */
  readonly source: 'line protocol' | 'energy event' | 'json event' | 'delivery'
  /** 1-based line in the request, or place in its list; 0 when there was none. */
  readonly line: number
  /** Bytes before it in the (inflated) request body. */
  readonly byteOffset: number
  /** The original bytes. */
  readonly bytes: Uint8Array
  /** Tags that an event's request put on it: they are no part of its text. */
  readonly tags?: Readonly<Record<string, string>>
  /** Tags that its token puts on every line: it may be revoked before the letter is sent again. Absent where there were none. */
  readonly forcedTags?: Readonly<Record<string, string>>
}

/** Behind it, after a line feed, the line's bytes as they came. */
interface StoredLetter extends Omit<DeadLetter, 'id' | 'atNs' | 'bytes'> {
  readonly kind: 'letter'
  readonly at: string
  /** As earlier versions kept the bytes. */
  readonly base64?: string
}
interface StoredState {
  readonly kind: 'state'
  readonly id: number
  readonly state: DeadLetterState
}

/** The parts of a record; the bytes are not copied. */
export function encodeLetter(letter: Omit<DeadLetter, 'id'>): readonly Uint8Array[] {
  const { atNs, bytes, ...rest } = letter
  const stored: StoredLetter = { kind: 'letter', at: String(atNs), ...rest }
  return [Buffer.from(`${JSON.stringify(stored)}\n`), bytes]
}

export const encodeState = (id: number, state: DeadLetterState): Buffer =>
  Buffer.from(JSON.stringify({ kind: 'state', id, state } satisfies StoredState))

/** A record's payload as a letter (with the record's sequence number as id) or a change of one's state. */
export function decodeStored(
  sequence: number,
  payload: Buffer,
): { readonly letter: DeadLetter } | { readonly id: number; readonly state: DeadLetterState } {
  const headEnd = payload.indexOf(lineFeed)
  const head = headEnd === -1 ? payload : payload.subarray(0, headEnd)
  const stored = JSON.parse(head.toString()) as StoredLetter | StoredState
  if (stored.kind === 'state') return { id: stored.id, state: stored.state }
  const { kind: _, at, base64, ...rest } = stored
  const bytes = base64 === undefined ? payload.subarray(headEnd + 1) : Buffer.from(base64, 'base64')
  return { letter: { ...rest, id: sequence, atNs: BigInt(at), bytes } }
}

const lineFeed = 10
