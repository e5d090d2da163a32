import type { FieldValue } from '../../lib/line-protocol/decode.ts'
import type { BadEvent } from '../intake/taken.ts'

/** Where an event stood in its request. */
export interface EventPlace {
  /** The line, or the place in a list, from 1. */
  readonly line: number
  /** Bytes before it in the body; 0 in a list, where it is not known. */
  readonly offset: number
  /** Place in a list from 0; null for lines of text. */
  readonly index: number | null
  /** What a dead letter keeps of it. */
  readonly bytes: Uint8Array
}

/** An event on its way to line protocol. */
export interface ReadEvent extends EventPlace {
  readonly measurement: string
  /** In order of their names; none is empty. */
  readonly tags: readonly (readonly [name: string, value: string])[]
  readonly fields: readonly (readonly [name: string, value: FieldValue])[]
  /** null: the time of its arrival. */
  readonly timeNs: bigint | null
  /** Its time is finer than milliseconds, and stays as it is. */
  readonly isExact?: boolean
}

/** The place in the store that a bad event would have: it is kept for it, so that mending it moves no other event. */
export interface WantedPlace {
  /** null where they cannot be read. */
  readonly of: Pick<ReadEvent, 'measurement' | 'tags'> | null
  readonly timeNs: bigint
  readonly isExact: boolean
}

export interface BadReading extends BadEvent {
  /** Absent where its time is not known. */
  readonly wants?: WantedPlace
}

/** What became of one event of a request. */
export type Reading = ReadEvent | BadReading

export const isBad = (reading: Reading): reading is BadReading => 'reason' in reading

export const badEvent = ({ line, offset, index, bytes }: EventPlace, reason: string): BadEvent => ({
  line,
  offset,
  bytes,
  reason,
  kind: 'event',
  ...(index === null ? {} : { index }),
})
