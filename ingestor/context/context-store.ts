import { ApiError } from '../../lib/errors.ts'
import type { LogFolder } from '../log/files.ts'
import { DurableLog } from '../log/log.ts'
import { defaultLogOptions } from '../log/log-options.ts'
import { ContextBook, type ContextChange, type ContextOperation } from './book.ts'
import type { ContextInterval } from './interval.ts'

const segmentBytes = 4 << 20

/** Who said something about context, and when it was said. */
export interface Author {
  /** Id of the token. */
  readonly who: string
  readonly atNs: bigint
}

/** An operation that counts, and what it changed. */
export interface Applied extends Author {
  /** Of the context's own log. */
  readonly sequence: number
  readonly operation: ContextOperation
  readonly changes: readonly ContextChange[]
}

/** What ran when, kept on disk: every operation in the order it was posted, done again at a start. */
export class ContextStore {
  #last: Promise<unknown> = Promise.resolve()

  private constructor(
    readonly log: DurableLog,
    readonly book: ContextBook,
    /** Operations from before this start whose points may still carry what was said before them. */
    readonly unfinished: readonly Applied[],
  ) {}

  /**
   * @param folder of its own log, which is never released: what was said is kept
   * @param finishedSequence up to which operation the points in the store were corrected
   */
  static async open(folder: LogFolder, finishedSequence = Number.MAX_SAFE_INTEGER): Promise<ContextStore> {
    const log = await DurableLog.open(folder, {
      ...defaultLogOptions,
      segmentBytes,
      quotaBytes: 4 * 2 ** 30,
      sparesMax: 1,
    })
    const book = new ContextBook()
    const unfinished: Applied[] = []
    await log.visit(({ sequence, payload }) => {
      const { operation, author } = decodeOperation(payload)
      const changes = book.apply(operation)
      if (sequence > finishedSequence) unfinished.push({ ...author, sequence, operation, changes })
    })
    return new ContextStore(log, book, unfinished)
  }

  /** Takes intervals in, durable when it resolves; before it is, nothing counts. @throws RangeError as `ContextBook.put`, LogUnavailable, ApiError 413 */
  put(intervals: readonly Omit<ContextInterval, 'revision'>[], author: Author): Promise<Applied> {
    return this.#keep(this.book.number(intervals), author)
  }

  /** Removes an interval for good. @returns null when there is none */
  async delete(machine: string, fromNs: bigint, author: Author): Promise<Applied | null> {
    if (!this.book.has(machine, fromNs)) return null
    return this.#keep({ kind: 'delete', machine, fromNs }, author)
  }

  close(): Promise<void> {
    return this.log.close()
  }

  /** On disk first: what a crash would forget must not have been put on any point. One by one, so that a restart has the same order. */
  #keep(operation: ContextOperation, author: Author): Promise<Applied> {
    const payload = encodeOperation(operation, author)
    if (payload.length > this.log.payloadBytesMax)
      return Promise.reject(
        new ApiError(
          'request too large',
          `these intervals take ${payload.length} bytes, and ${this.log.payloadBytesMax} are taken at once: send them in several requests`,
        ),
      )
    const kept = this.#last.then(
      () =>
        new Promise<Applied>((resolve, reject) =>
          this.log.append([payload], (error, sequence) => {
            if (error !== null) reject(error)
            else resolve({ ...author, sequence, operation, changes: this.book.apply(operation) })
          }),
        ),
    )
    this.#last = kept.catch(() => {})
    return kept
  }
}

const encodeOperation = (operation: ContextOperation, { who, atNs }: Author): Buffer =>
  Buffer.from(
    JSON.stringify({ ...operation, who, atNs }, (_, value: unknown) =>
      typeof value === 'bigint' ? `${value}` : value,
    ),
  )

function decodeOperation(payload: Buffer): { readonly operation: ContextOperation; readonly author: Author } {
  const stored = JSON.parse(payload.toString()) as { readonly who?: string; readonly atNs?: string } & (
    | { readonly kind: 'delete'; readonly machine: string; readonly fromNs: string }
    | {
        readonly kind: 'put'
        readonly intervals: readonly (Omit<ContextInterval, 'fromNs' | 'toNs'> & {
          readonly fromNs: string
          readonly toNs: string | null
        })[]
      }
  )
  const author = { who: stored.who ?? '', atNs: BigInt(stored.atNs ?? 0) }
  if (stored.kind === 'delete')
    return { author, operation: { kind: 'delete', machine: stored.machine, fromNs: BigInt(stored.fromNs) } }
  const intervals = stored.intervals.map((one) => ({
    ...one,
    fromNs: BigInt(one.fromNs),
    toNs: one.toNs === null ? null : BigInt(one.toNs),
  }))
  return { author, operation: { kind: 'put', intervals } }
}
