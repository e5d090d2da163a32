import type { LineError } from '../batch.ts'

/** A batch after validation: what goes on, and what does not. */
export interface Validated {
  /** Good lines as they go to the store: the body itself where nothing had to be changed. */
  readonly bytes: Uint8Array
  readonly goodLines: number
  readonly badLines: number
  /** The first of them, up to the cap. */
  readonly errors: readonly LineError[]
}
