import { bucketAndLinesOf } from '../accepted-write.ts'
import type { Content, GiveUp, Lost } from '../log/give-up.ts'
import type { GivenUp } from '../log/rewritten.ts'
import type { DeliveredSet } from './delivered.ts'

/** Lines that the log's quota took undelivered, since the start. */
export interface Dropped {
  readonly lines: number
  readonly byBucket: ReadonlyMap<string, number>
}

export interface DropOldestOptions {
  /** true: every bucket's. */
  readonly buckets: true | readonly string[]
  readonly delivered: DeliveredSet
  /** Up to here records are delivered for good. */
  readonly doneUpTo: () => number
  /** Whether any of these records is in the delivery's memory already, and lives on. */
  readonly isHeld: (firstSequence: number, lastSequence: number) => boolean
  readonly say: (line: string) => void
}

/** `log_drop_oldest`: at the log's quota the oldest undelivered records of these buckets go; those of others never do. */
export class DropOldest implements GiveUp, Dropped {
  lines = 0
  readonly byBucket = new Map<string, number>()
  readonly #buckets: ReadonlySet<string> | null
  #isSaid = false

  constructor(readonly options: DropOldestOptions) {
    this.#buckets = options.buckets === true ? null : new Set(options.buckets)
  }

  contentOf(head: Uint8Array): Content {
    return bucketAndLinesOf(head as Buffer)
  }

  mayGo(bucket: string): boolean {
    return this.#buckets === null || this.#buckets.has(bucket)
  }

  doneUpTo(): number {
    return this.options.doneUpTo()
  }

  isUntouched(firstSequence: number, lastSequence: number): boolean {
    const { delivered, isHeld } = this.options
    return !delivered.hasAny(firstSequence, lastSequence) && !isHeld(firstSequence, lastSequence)
  }

  tell(lost: readonly Lost[]): void {
    const before = this.lines
    for (const { firstSequence, lastSequence, bucket, lines } of lost)
      if (this.isUntouched(firstSequence, lastSequence)) this.#count(bucket, lines)
    if (this.#isSaid || this.lines === before) return
    this.#isSaid = true
    this.options.say(
      'the log is at its quota: the oldest data goes, as log_drop_oldest says; /metrics counts the lines by bucket',
    )
  }
  /** What the last process gave up and could not tell of any more: it counts in this one. */
  tellEarlier(givenUp: readonly GivenUp[]): void {
    for (const { bucket, lines, lastSequence } of givenUp) {
      // It was delivered while it was to be given up.
      if (lastSequence <= this.options.delivered.watermark) continue
      this.#count(bucket, lines)
      this.options.say(
        `the log's quota took ${lines} lines of bucket ${bucket} right before the last process ended; they count from now on`,
      )
    }
  }

  #count(bucket: string, lines: number): void {
    this.lines += lines
    this.byBucket.set(bucket, (this.byBucket.get(bucket) ?? 0) + lines)
  }
}
