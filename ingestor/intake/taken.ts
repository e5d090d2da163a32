import type { EncodedRuns } from '../accepted-write.ts'
import type { LineError } from '../batch.ts'
import type { DeadLetterReason } from '../dead-letters/letter.ts'

/** A line that is not taken. */
export interface BadLine extends LineError {
  readonly kind: DeadLetterReason
  /** As it came, without its end. */
  readonly bytes: Uint8Array
}

/** A bad event; of a list, with its place in it from 0. */
export interface BadEvent extends BadLine {
  readonly index?: number
}

/** Lines for one bucket: what the log keeps of them. */
export interface TakenLines {
  /** Views of the body and pieces put in between; joined, every line ends with a line feed. */
  readonly parts: readonly Uint8Array[]
  readonly lines: number
  /** Which of them have which tags from the context and from their sender's token. */
  readonly contextRuns: EncodedRuns
  /** Of the points with a time, whole seconds widened outwards; null when every line gets the arrival's. */
  readonly extent: { readonly fromSeconds: number; readonly toSeconds: number } | null
  readonly withoutTime: number
}

export interface Taken {
  readonly good: TakenLines
  /** Lines whose values lie outside of their plausible range; with the good ones' context. */
  readonly quarantined: TakenLines
  /** In the order of the body; at most `badLinesApart` of them. */
  readonly bad: readonly BadLine[]
  /** The bad lines behind those, many in one. */
  readonly badTogether: readonly BadLines[]
}

/** Bad lines that share their place: that of the first, with its reason. */
export interface BadLines extends BadLine {
  /** How many lines `bytes` holds, each with a line feed behind it. */
  readonly lines: number
  /** Whether `bytes` is memory of its own, else a view of the body. */
  readonly isCopy: boolean
}

/** So many bad lines of one request are told apart; the others are kept together, so that garbage stays cheap. */
export const badLinesApart = 1_000
/** And fewer of those whose series is too much: a tag that explodes brings one fault thousands of times. */
export const seriesLinesApart = 100
/** After so many bad lines a body is not read to its end: what is left is kept with them, good lines too. */
export const badLinesRead = 100_000
