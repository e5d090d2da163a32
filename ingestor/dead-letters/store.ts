import type { LogFolder } from '../log/files.ts'
import { DurableLog } from '../log/log.ts'
import { defaultLogOptions } from '../log/log-options.ts'
import type { RecordAt } from '../log/record.ts'
import {
  type DeadLetter,
  type DeadLetterReason,
  type DeadLetterState,
  decodeStored,
  encodeLetter,
  encodeState,
} from './letter.ts'

export interface RetentionLimits {
  /** Oldest letters are dropped, and counted, beyond this. */
  readonly bytesMax: number
  readonly ageMaxNs: bigint
}

export const defaultRetention: RetentionLimits = { bytesMax: 256 << 20, ageMaxNs: 90n * 86_400_000_000_000n }

/** What is known of a letter without reading it. */
export interface LetterSummary {
  readonly id: number
  readonly atNs: bigint
  readonly reason: DeadLetterReason
  readonly bucket: string
  readonly tokenId: string
  state: DeadLetterState
}

/** Where a record begins in the log. */
interface Place {
  readonly segment: number
  readonly offset: number
}

const segmentBytes = 4 << 20
const walkBytes = 1 << 20

/** What is laid down at once: about a millisecond's work. */
const sliceLetters = 100
const sliceBytes = 2 << 20

function endOfSlice(letters: readonly Omit<DeadLetter, 'id'>[], from: number): number {
  let bytes = 0
  let to = from
  while (
    to < letters.length &&
    to - from < sliceLetters &&
    (to === from || bytes + letters[to]!.bytes.length <= sliceBytes)
  )
    bytes += letters[to++]!.bytes.length
  return to
}

/**
 * Lines that could not be stored, kept on disk with the original bytes until somebody mends and replays or discards them.
 * A letter is durable before the request that brought it is answered.
 */
export class DeadLetterStore {
  readonly #index = new Map<number, LetterSummary>()
  readonly #added = new Map<DeadLetterReason, number>()
  /** How many are open, by reason: counted along, since there may be a million of them. */
  readonly #open = new Map<DeadLetterReason, number>()
  /** Of the letters up to `#placedTo`, so that one is read without walking its segment. */
  readonly #places = new Map<number, Place>()
  #placedTo = 0
  #placedEnd: Place | undefined
  #placing: Promise<void> = Promise.resolve()
  #droppedByRetention = 0

  private constructor(
    readonly log: DurableLog,
    readonly limits: RetentionLimits,
  ) {}

  static async open(folder: LogFolder, limits: RetentionLimits = defaultRetention): Promise<DeadLetterStore> {
    // The log itself may hold one segment more than the limit, so that the newest letters always find room.
    const log = await DurableLog.open(folder, {
      ...defaultLogOptions,
      segmentBytes,
      quotaBytes: Math.max(limits.bytesMax, 2 * segmentBytes) + 2 * segmentBytes,
      sparesMax: 1,
    })
    const store = new DeadLetterStore(log, limits)
    store.#placedTo = log.firstSequence - 1
    await store.#walk((record) => {
      const stored = decodeStored(record.sequence, record.payload)
      if ('letter' in stored) store.#index.set(record.sequence, summaryOf(stored.letter))
      else {
        const summary = store.#index.get(stored.id)
        if (summary !== undefined) summary.state = stored.state
      }
    })
    for (const { state, reason } of store.#index.values()) if (state === 'open') store.#countOpen(reason, 1)
    return store
  }

  /**
   * Lays letters down, some at a time, so that others have their turn; resolves with their ids once all are on disk.
   * @throws LogUnavailable when they cannot be kept
   */
  async add(letters: readonly Omit<DeadLetter, 'id'>[]): Promise<number[]> {
    const ids: number[] = []
    for (let from = 0; from < letters.length; ) {
      const to = endOfSlice(letters, from)
      ids.push(...(await Promise.all(letters.slice(from, to).map((letter) => this.#addOne(letter)))))
      from = to
    }
    return ids
  }

  async #addOne(letter: Omit<DeadLetter, 'id'>): Promise<number> {
    const id = await this.#append(encodeLetter(letter))
    this.#index.set(id, summaryOf({ ...letter, id }))
    this.#countOpen(letter.reason, 1)
    this.#added.set(letter.reason, (this.#added.get(letter.reason) ?? 0) + 1)
    return id
  }

  /** Newest first. */
  list(
    filter: { readonly state?: DeadLetterState | undefined; readonly reason?: DeadLetterReason | undefined } = {},
  ): readonly LetterSummary[] {
    const matching: LetterSummary[] = []
    for (const summary of this.#index.values())
      if (
        (filter.state === undefined || summary.state === filter.state) &&
        (filter.reason === undefined || summary.reason === filter.reason)
      )
        matching.push(summary)
    return matching.sort((a, b) => b.id - a.id)
  }

  /** The whole letter, or null when there is none of that id (any more). */
  async get(id: number): Promise<(DeadLetter & { readonly state: DeadLetterState }) | null> {
    const summary = this.#index.get(id)
    if (summary === undefined) return null
    const record = await this.#read(id)
    if (record === null) return null
    const stored = decodeStored(id, record.payload)
    return 'letter' in stored ? { ...stored.letter, state: summary.state } : null
  }

  /** @returns false when there is no such letter */
  async mark(id: number, state: DeadLetterState): Promise<boolean> {
    const summary = this.#index.get(id)
    if (summary === undefined) return false
    await this.#append([encodeState(id, state)])
    // One that retention took meanwhile is counted no more.
    if (this.#index.has(id))
      this.#countOpen(summary.reason, Number(state === 'open') - Number(summary.state === 'open'))
    summary.state = state
    return true
  }

  /** Letters laid down since the start, by reason. */
  get added(): ReadonlyMap<DeadLetterReason, number> {
    return this.#added
  }
  get droppedByRetention(): number {
    return this.#droppedByRetention
  }
  /** Letters waiting for somebody, by reason. */
  openByReason(): ReadonlyMap<DeadLetterReason, number> {
    return this.#open
  }

  /** Drops what is over the limits, oldest first, a segment at a time. @returns how many letters went */
  async enforceRetention(nowNs: bigint): Promise<number> {
    let dropped = 0
    for (;;) {
      const oldest = this.log.segments[0]
      if (oldest === undefined || this.log.segments.length < 2) break
      const last = this.#index.get(lastIdUpTo(this.#index, oldest.lastSequence))
      const tooOld = last !== undefined && nowNs - last.atNs > this.limits.ageMaxNs
      if (this.log.segments.length * segmentBytes <= this.limits.bytesMax && !tooOld) break
      const upTo = oldest.lastSequence
      await this.log.release(upTo)
      for (const id of [...this.#index.keys()])
        if (id <= upTo) {
          const { state, reason } = this.#index.get(id)!
          if (state === 'open') this.#countOpen(reason, -1)
          this.#index.delete(id)
          this.#places.delete(id)
          dropped++
        }
    }
    this.#droppedByRetention += dropped
    return dropped
  }

  close(): Promise<void> {
    return this.log.close()
  }

  #countOpen(reason: DeadLetterReason, change: number): void {
    const count = (this.#open.get(reason) ?? 0) + change
    if (count === 0) this.#open.delete(reason)
    else this.#open.set(reason, count)
  }

  async #read(id: number): Promise<RecordAt | null> {
    if (id > this.#placedTo) await (this.#placing = this.#placing.then(() => this.#walk()))
    const place = this.#places.get(id)
    // Damage before it may have led to a wrong place: then its segment is walked after all.
    for (const hint of place === undefined ? [undefined] : [place, undefined]) {
      const { records } = await this.log.read(id, 1, hint)
      if (records[0]?.sequence === id) return records[0]
    }
    return null
  }

  /** Goes through the records that came since the last walk and notes where they are. */
  async #walk(visit: (record: RecordAt) => void = () => {}): Promise<void> {
    for (;;) {
      const { records, next } = await this.log.read(this.#placedTo + 1, walkBytes, this.#placedEnd)
      const last = records.at(-1)
      if (last === undefined || next === undefined) return
      for (const record of records) {
        visit(record)
        if (this.#index.has(record.sequence))
          this.#places.set(record.sequence, { segment: next.segment, offset: next.offset - last.end + record.offset })
      }
      this.#placedTo = last.sequence
      this.#placedEnd = next
    }
  }

  #append(parts: readonly Uint8Array[]): Promise<number> {
    return new Promise((resolve, reject) =>
      this.log.append(parts, (error, sequence) => (error === null ? resolve(sequence) : reject(error))),
    )
  }
}

const summaryOf = ({ id, atNs, reason, bucket, tokenId }: DeadLetter): LetterSummary => ({
  id,
  atNs,
  reason,
  bucket,
  tokenId,
  state: 'open',
})

const lastIdUpTo = (index: ReadonlyMap<number, LetterSummary>, sequence: number): number => {
  let last = -1
  for (const id of index.keys()) if (id <= sequence && id > last) last = id
  return last
}
