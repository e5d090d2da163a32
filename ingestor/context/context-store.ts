import type { LogFolder } from '../log/files.ts'
import { DurableLog, defaultLogOptions } from '../log/log.ts'
import { ContextBook, type ContextChange, type ContextOperation } from './book.ts'
import type { ContextInterval } from './interval.ts'

const segmentBytes = 4 << 20

/** What ran when, kept on disk: every operation in the order it was posted, done again at a start. */
export class ContextStore {
  private constructor(
    readonly log: DurableLog,
    readonly book: ContextBook,
  ) {}

  /** @param folder of its own log, which is never released: what was said is kept */
  static async open(folder: LogFolder): Promise<ContextStore> {
    const log = await DurableLog.open(folder, {
      ...defaultLogOptions,
      segmentBytes,
      quotaBytes: 4 << 30,
      sparesMax: 1,
    })
    const book = new ContextBook()
    let sequence = log.firstSequence
    let hint: { readonly segment: number; readonly offset: number } | undefined
    for (;;) {
      const { records, next } = await log.read(sequence, 4 << 20, hint)
      if (records.length === 0) break
      for (const { payload } of records) book.apply(decodeOperation(payload))
      sequence = records.at(-1)!.sequence + 1
      hint = next
    }
    return new ContextStore(log, book)
  }

  /** Takes intervals in, durable when it resolves. @throws RangeError as `ContextBook.put`, LogUnavailable */
  async put(intervals: readonly Omit<ContextInterval, 'revision'>[]): Promise<readonly ContextChange[]> {
    const { operation, changes } = this.book.put(intervals)
    await this.#keep(operation)
    return changes
  }

  /** Removes an interval for good. @returns null when there is none */
  async delete(machine: string, fromNs: bigint): Promise<readonly ContextChange[] | null> {
    const done = this.book.delete(machine, fromNs)
    if (done === null) return null
    await this.#keep(done.operation)
    return done.changes
  }

  close(): Promise<void> {
    return this.log.close()
  }

  #keep(operation: ContextOperation): Promise<void> {
    return new Promise((resolve, reject) =>
      this.log.append([encodeOperation(operation)], (error) => (error === null ? resolve() : reject(error))),
    )
  }
}

const encodeOperation = (operation: ContextOperation): Buffer =>
  Buffer.from(JSON.stringify(operation, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)))

function decodeOperation(payload: Buffer): ContextOperation {
  const stored = JSON.parse(payload.toString()) as
    | { readonly kind: 'delete'; readonly machine: string; readonly fromNs: string }
    | {
        readonly kind: 'put'
        readonly intervals: readonly (Omit<ContextInterval, 'fromNs' | 'toNs'> & {
          readonly fromNs: string
          readonly toNs: string | null
        })[]
      }
  if (stored.kind === 'delete') return { ...stored, fromNs: BigInt(stored.fromNs) }
  return {
    kind: 'put',
    intervals: stored.intervals.map((one) => ({
      ...one,
      fromNs: BigInt(one.fromNs),
      toNs: one.toNs === null ? null : BigInt(one.toNs),
    })),
  }
}
