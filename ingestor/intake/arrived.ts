import type { Precision } from '../accepted-write.ts'
import type { DeadLetter } from '../dead-letters/letter.ts'
import type { RequestName } from './request-name.ts'
import type { TokenScope } from './rights.ts'
import type { BadEvent } from './taken.ts'

/** A write request whose body is here. */
export interface Arrived {
  /** Inflated line protocol. */
  readonly bytes: Uint8Array
  readonly bucket: string
  readonly precision: Precision
  readonly scope: TokenScope
  readonly name?: RequestName | undefined
  readonly source?: DeadLetter['source']
  /** Where the lines were made of something else: what became of the rest of it, and what each line was. */
  readonly origin?: Origin
  /** A letter that is tried again: bad lines make no new letters, then nothing is stored; lines without a time get this one. */
  readonly replayOfNs?: bigint
}

/** What a body of line protocol was made of. */
export interface Origin {
  /** Parts that gave no line. */
  readonly bad: readonly BadEvent[]
  /** What a line was made of. @param line from 1 */
  readonly of: (line: number) => {
    readonly line: number
    readonly offset: number
    readonly index: number | null
    readonly bytes: Uint8Array
  }
  /** Tags that the request put on all of it. */
  readonly tags: Readonly<Record<string, string>>
}
