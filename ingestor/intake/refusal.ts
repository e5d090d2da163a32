import type { DeadLetterReason } from '../dead-letters/letter.ts'

/** Why a line that is line protocol is not taken all the same. */
export interface Refusal {
  readonly kind: DeadLetterReason
  /** The whole sentence: what, and how to mend it. */
  readonly reason: string
}
