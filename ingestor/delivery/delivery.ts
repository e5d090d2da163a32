import type { Clock } from '../../lib/clock.ts'
import { decodeAcceptedWrite, type Precision } from '../accepted-write.ts'
import type { DeadLetter } from '../dead-letters/letter.ts'
import type { LateReadings } from '../late/late-readings.ts'
import type { DurableLog } from '../log/log.ts'
import { type DeliveredSet, writeDelivered } from './delivered.ts'
import { expandLines, type OutgoingLine } from './expand.ts'
import { refusal, together } from './refused-lines.ts'
import type { Outcome, Send } from './send.ts'
import { waitingRecords } from './waiting.ts'

export interface DeliveryOptions {
  readonly linesMax: number
  readonly bytesMax: number
  readonly concurrencyMax: number
  readonly backoffMinMs: number
  readonly backoffMaxMs: number
  /** How often a line that is refused alone is tried before it becomes a dead letter. */
  readonly attemptsAlone: number
  /** With more undelivered records than this, new ones get a lane of their own. */
  readonly backlogRecords: number
  readonly saveEveryMs: number
}

export const defaultDeliveryOptions: DeliveryOptions = {
  linesMax: 5_000,
  bytesMax: 1 << 20,
  concurrencyMax: 6,
  backoffMinMs: 250,
  backoffMaxMs: 30_000,
  attemptsAlone: 3,
  backlogRecords: 500,
  saveEveryMs: 250,
}

export interface DeliveryCounters {
  linesStored: number
  requests: number
  retries: number
  /** Lines that the database refused and that lie in the dead letters now. */
  linesRefused: number
}

/** Why nothing moves at the moment. */
export interface DeliveryTrouble {
  readonly kind: 'again' | 'hold'
  readonly reason: string
  readonly sinceNs: bigint
}

interface Batch {
  readonly bucket: string
  readonly precision: Precision
  readonly tokenId: string
  readonly lines: OutgoingLine[]
  readonly from: number
  to: number
  /** Of its first record. */
  readonly arrivalNs: bigint
  /** None of its lines is older. */
  earliestNs: bigint
}

/** A place in the log from which records are taken in order. */
interface Lane {
  next: number
  hint: { readonly segment: number; readonly offset: number } | undefined
}

type LayDown = (letters: readonly Omit<DeadLetter, 'id'>[]) => Promise<unknown>

/**
 * Takes durable records out of the log and sends their lines to the database, in order, several requests at a time.
 * Two requests that write one point are never under way together, so the last write wins as it would have without us. Behind
 * a backlog, new records go by a lane of their own; where the backlog's times reach into theirs they are sent once more in their turn.
 */
export class Delivery {
  readonly counters: DeliveryCounters = { linesStored: 0, requests: 0, retries: 0, linesRefused: 0 }
  #trouble: DeliveryTrouble | null = null
  #concurrency = 2
  /** Taken out of the log and not yet brought home, waiting for a place or under way. */
  readonly #held = new Set<Batch>()
  readonly #inFlight = new Map<Promise<void>, { readonly points: ReadonlySet<number>; readonly from: number }>()
  readonly #stopped = new AbortController()
  #running: Promise<void> | null = null
  #wake: () => void = () => {}
  #fresh: Lane | null = null
  /** Latest time among the records that the backlog's lane delivered while there was a fresh lane. */
  #backlogLatestNs = -(2n ** 63n)
  /** Arrival of the record that the backlog's lane took last: what it has not taken yet came no earlier. */
  #backlogArrivalNs: bigint | null = null
  #dirty = false
  #writing: Promise<void> = Promise.resolve()
  #keptUpTo: number
  #backoffMs: number
  /** Up to here every record was sent in its turn, and none will be again. */
  #passed = 0
  #pause: { readonly over: Promise<void>; readonly end: () => void } | null = null

  constructor(
    readonly log: DurableLog,
    readonly delivered: DeliveredSet,
    readonly cursorPath: string,
    readonly send: Send,
    readonly layDown: LayDown,
    readonly clock: Clock,
    readonly options: DeliveryOptions = defaultDeliveryOptions,
    readonly late: LateReadings | null = null,
  ) {
    this.#backoffMs = options.backoffMinMs
    this.#keptUpTo = delivered.watermark
  }

  get trouble(): DeliveryTrouble | null {
    return this.#trouble
  }
  /** Up to here everything is delivered, and that is known after a crash, too. */
  get deliveredForGood(): number {
    return this.#keptUpTo
  }
  /** Records that are on disk and not yet in the database. */
  get lagRecords(): number {
    const { firstSequence, durableSequence, segments } = this.log
    // What the log has lost at its quota and is in memory here is still on its way.
    let heldAlone = 0
    for (const { from, to } of this.#held) if (to < firstSequence) heldAlone += to - from + 1
    return waitingRecords(segments, this.delivered, durableSequence) + heldAlone
  }

  /**
   * When the oldest record that is not delivered yet was accepted; null when nothing waits. While new data overtakes a backlog it may
   * be a moment too early, never too late.
   */
  get oldestWaitingNs(): bigint | null {
    let oldest = this.#fresh === null ? null : this.#backlogArrivalNs
    for (const { arrivalNs } of this.#held) if (oldest === null || arrivalNs < oldest) oldest = arrivalNs
    return oldest
  }

  /** Whether any of these records is in memory here, so that the log may lose it. */
  holds(first: number, last = first): boolean {
    for (const { from, to } of this.#held) if (from <= last && first <= to) return true
    return false
  }

  start(): void {
    const off = this.log.onDurable(() => this.#wake())
    this.#running = Promise.all([this.#deliver(), this.#keepCursor()]).then(off)
  }

  /** Ends after the requests under way; what they did is remembered. */
  async stop(): Promise<void> {
    this.#stopped.abort(new Error('the delivery was stopped'))
    this.#wake()
    await this.#running?.catch(() => {})
    await Promise.allSettled(this.#inFlight.keys())
    await this.#save()
  }

  /**
   * No request begins until `resume`; resolves when none is under way any more, and whoever paused before has resumed. Also
   * before `start`.
   */
  async pause(): Promise<void> {
    while (this.#pause !== null) await this.#pause.over
    let end = (): void => {}
    const over = new Promise<void>((resolve) => {
      end = resolve
    })
    this.#pause = { over, end }
    while (this.#inFlight.size > 0) await Promise.race(this.#inFlight.keys())
  }

  resume(): void {
    const paused = this.#pause
    this.#pause = null
    paused?.end()
  }

  /**
   * Resolves when the record of this sequence number and all before it are delivered for good: they are not sent again, neither in
   * the backlog's turn nor after a crash. @throws the file system's error when that cannot be kept, or when the delivery is stopped
   */
  async settle(sequence: number): Promise<void> {
    while (this.#passed < sequence || [...this.#inFlight.values()].some(({ from }) => from <= sequence)) {
      this.#wake()
      await this.clock.sleep(settlePollMs, this.#stopped.signal)
    }
    // Numbers that no record has (an append that failed) hold nothing back.
    if (this.delivered.watermark < sequence) this.delivered.add(this.delivered.watermark + 1, sequence)
    await this.#writeDown()
  }

  async #deliver(): Promise<void> {
    const backlog: Lane = { next: Math.max(this.delivered.watermark + 1, this.log.firstSequence), hint: undefined }
    while (!this.#stopped.signal.aborted) {
      this.#chooseLanes(backlog)
      // The fresh lane first: that is what it is for. One batch of it, then one of the backlog.
      const moved = (this.#fresh !== null && (await this.#step(this.#fresh, false))) || false
      const movedBacklog = await this.#step(backlog, true)
      if (!moved && !movedBacklog) await this.#moreOrDone()
    }
  }

  #chooseLanes(backlog: Lane): void {
    const behind = this.log.durableSequence - backlog.next + 1
    if (this.#fresh === null && behind > this.options.backlogRecords) {
      this.#fresh = { next: this.log.durableSequence + 1, hint: undefined }
      this.#backlogLatestNs = -(2n ** 63n)
    } else if (this.#fresh !== null && backlog.next >= this.#fresh.next) this.#fresh = null
  }

  /** Sends the lane's next batches. @returns whether there was anything */
  async #step(lane: Lane, isBacklog: boolean): Promise<boolean> {
    const durable = this.log.durableSequence
    const { records, next } = await this.log.read(lane.next, this.options.bytesMax, lane.hint)
    if (records.length === 0) {
      if (isBacklog) {
        this.#passOver(lane.next, durable)
        this.#passed = Math.max(this.#passed, durable)
      }
      return false
    }
    if (isBacklog) {
      let next = lane.next
      for (const { sequence } of records) {
        this.#passOver(next, sequence - 1)
        next = sequence + 1
      }
    }
    const batches: Batch[] = []
    let before = 0
    for (const record of records) {
      // Numbers between two records that were read one after the other are those of no record.
      const last = batches.at(-1)
      const isNext = last !== undefined && last.to === before
      before = record.sequence
      const write = decodeAcceptedWrite(record.payload)
      // A letter that was sent again carries its first arrival, which says nothing about the records behind it.
      if (isBacklog && (this.#backlogArrivalNs === null || write.arrivalNs > this.#backlogArrivalNs))
        this.#backlogArrivalNs = write.arrivalNs
      if (isBacklog && this.delivered.has(record.sequence) && write.earliestNs > this.#backlogLatestNs) continue
      if (isBacklog && this.#fresh !== null && write.latestNs > this.#backlogLatestNs)
        this.#backlogLatestNs = write.latestNs
      const { bucket, precision, tokenId, arrivalNs, earliestNs } = write
      const lines = expandLines(write)
      if (
        isNext &&
        last.bucket === bucket &&
        last.precision === precision &&
        last.tokenId === tokenId &&
        last.lines.length + lines.length <= this.options.linesMax
      ) {
        last.lines.push(...lines)
        last.to = record.sequence
        if (earliestNs < last.earliestNs) last.earliestNs = earliestNs
      } else {
        const { sequence } = record
        batches.push({ bucket, precision, tokenId, lines, from: sequence, to: sequence, arrivalNs, earliestNs })
      }
    }
    for (const batch of batches) this.#held.add(batch)
    for (const batch of batches) await this.#launch(batch)
    lane.next = records.at(-1)!.sequence + 1
    lane.hint = next
    if (isBacklog) this.#passed = lane.next - 1
    return true
  }

  /** Numbers that no record has, for want of a sync or by damage: they hold nothing back, or the log would never be released. */
  #passOver(from: number, to: number): void {
    if (to < from) return
    this.delivered.add(from, to)
    this.#dirty = true
  }

  /** Waits for a free place and for every request under way that writes one of the same points, then sends. */
  async #launch(batch: Batch): Promise<void> {
    const points = new Set(batch.lines.map(({ point }) => point))
    for (;;) {
      if (this.#stopped.signal.aborted) return
      if (this.#pause !== null) {
        await Promise.race([this.#pause.over, aborted(this.#stopped.signal)])
        continue
      }
      const clash = [...this.#inFlight].find(([, other]) => overlaps(points, other.points))?.[0]
      if (clash !== undefined) await clash
      else if (this.#inFlight.size >= this.#concurrency) await Promise.race(this.#inFlight.keys())
      else break
    }
    const work: Promise<void> = this.#see(batch).finally(() => this.#inFlight.delete(work))
    this.#inFlight.set(work, { points, from: batch.from })
  }

  /** Brings one batch home, whatever it takes. */
  async #see(batch: Batch): Promise<void> {
    try {
      await this.#store(batch, batch.lines)
      this.delivered.add(batch.from, batch.to)
      this.#held.delete(batch)
      this.#dirty = true
      this.#wake()
    } catch (error) {
      if (!this.#stopped.signal.aborted) throw error
    }
  }

  async #store(batch: Batch, lines: readonly OutgoingLine[]): Promise<void> {
    for (let refusedAlone = 0; ; ) {
      const outcome = await this.#request(batch, lines)
      if (outcome.kind === 'stored') {
        this.counters.linesStored += lines.length
        this.late?.note(batch, lines)
        return
      }
      if (outcome.kind === 'gone') {
        this.counters.linesRefused += lines.length
        await this.#patiently(() => this.layDown(together(batch, lines, outcome.reason, this.clock.nowNs())))
        return
      }
      if (lines.length > 1) {
        const middle = lines.length >> 1
        await this.#store(batch, lines.slice(0, middle))
        await this.#store(batch, lines.slice(middle))
        return
      }
      if (++refusedAlone < this.options.attemptsAlone) continue
      this.counters.linesRefused++
      await this.#patiently(() => this.layDown([refusal(batch, lines[0]!, outcome, this.clock.nowNs())]))
      return
    }
  }

  /** One request, repeated until the database has said yes or no to the lines themselves. */
  async #request(
    batch: Batch,
    lines: readonly OutgoingLine[],
  ): Promise<Extract<Outcome, { kind: 'stored' | 'bad' | 'gone' }>> {
    for (;;) {
      this.#stopped.signal.throwIfAborted()
      this.counters.requests++
      const outcome = await this.send(
        batch.bucket,
        batch.precision,
        lines.map(({ bytes }) => bytes),
      )
      if (outcome.kind === 'stored' || outcome.kind === 'bad' || outcome.kind === 'gone') {
        this.#trouble = null
        this.#backoffMs = this.options.backoffMinMs
        if (outcome.kind === 'stored')
          this.#concurrency = Math.min(this.options.concurrencyMax, this.#concurrency + 0.1)
        return outcome
      }
      this.counters.retries++
      this.#concurrency = Math.max(1, this.#concurrency / 2)
      this.#trouble = {
        kind: outcome.kind,
        reason: outcome.reason,
        sinceNs: this.#trouble?.sinceNs ?? this.clock.nowNs(),
      }
      const waitMs = outcome.kind === 'again' && outcome.afterMs !== null ? outcome.afterMs : this.#backoffMs
      this.#backoffMs = Math.min(this.options.backoffMaxMs, this.#backoffMs * 2)
      await this.clock.sleep(waitMs, this.#stopped.signal)
    }
  }

  /** A dead letter that cannot be kept now holds its batch back; the line is not lost while it waits. */
  async #patiently(act: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await act()
        return
      } catch (error) {
        this.#trouble = {
          kind: 'again',
          reason: `a dead letter cannot be kept: ${(error as Error).message}`,
          sinceNs: this.clock.nowNs(),
        }
        await this.clock.sleep(this.options.backoffMinMs, this.#stopped.signal)
      }
    }
  }

  async #moreOrDone(): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    if (this.#stopped.signal.aborted) return
    await Promise.race([woken, ...this.#inFlight.keys()])
  }

  async #keepCursor(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await this.clock.sleep(this.options.saveEveryMs, this.#stopped.signal).catch(() => {})
      await this.#save()
      await this.log.release(this.delivered.watermark)
    }
  }

  async #save(): Promise<void> {
    if (!this.#dirty) return
    this.#dirty = false
    await this.#writeDown().catch(() => {
      this.#dirty = true // a full disk: what was delivered is sent once more after a crash, which changes nothing
    })
  }

  /** One after the other: two at a time would take each other's file away. */
  #writeDown(): Promise<void> {
    this.#writing = this.#writing
      .catch(() => {})
      .then(async () => {
        const { watermark } = this.delivered
        await writeDelivered(this.cursorPath, { delivered: this.delivered, late: this.late?.kept() ?? null })
        this.#keptUpTo = watermark
      })
    return this.#writing
  }
}

const settlePollMs = 5

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

const overlaps = (a: ReadonlySet<number>, b: ReadonlySet<number>): boolean => {
  const [small, large] = a.size < b.size ? [a, b] : [b, a]
  for (const point of small) if (large.has(point)) return true
  return false
}
