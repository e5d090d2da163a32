import { bucketAndLinesOf } from '../accepted-write.ts'
import type { Content, GiveUp, Lost } from '../log/give-up.ts'
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
    for (const { firstSequence, lastSequence, bucket, lines } of lost) {
      if (!this.isUntouched(firstSequence, lastSequence)) continue
      this.lines += lines
      this.byBucket.set(bucket, (this.byBucket.get(bucket) ?? 0) + lines)
    }
    if (before === 0 && this.lines > 0)
      this.options.say(
        'the log is at its quota: the oldest data goes, as log_drop_oldest says; /metrics counts the lines by bucket',
      )
  }
}
