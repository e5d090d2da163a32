import type { Precision } from './accepted-write.ts'

/** What one write request brought, on its way from decode to deliver. */
export interface Batch {
  /** Line protocol, inflated. */
  readonly bytes: Uint8Array
  readonly bucket: string
  readonly precision: Precision
  /** Whose request it was, for guards and counts; never the token itself. */
  readonly tokenId: string
  /** When the request was complete, nanoseconds since 1970. */
  readonly arrivalNs: bigint
  /** However many bad lines there are, each is told by itself: what it was made of has to be found. */
  readonly tellsAllApart?: boolean
}

/** A line that is no point. */
export interface LineError {
  /** From 1, counted over the whole body, comments and blank lines too. */
  readonly line: number
  /** Where the line begins in the body, in bytes from 0. */
  readonly offset: number
  readonly reason: string
}

/** An event of a list that is no point. */
export interface EventError {
  /** Place in the list, from 0. */
  readonly index: number
  readonly reason: string
}
