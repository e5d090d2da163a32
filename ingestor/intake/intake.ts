import type { Clock } from '../../lib/clock.ts'
import { ApiError } from '../../lib/errors.ts'
import { freeMemory, freeWhole } from '../../lib/free-memory.ts'
import { type BodyRoom, endlessRoom, roomlessBytes } from '../../lib/http/body-room.ts'
import { asApiError } from '../../lib/http/error-answer.ts'
import { crowded } from '../../lib/http/read-body.ts'
import { acceptedWriteParts, requestOf } from '../accepted-write.ts'
import { refusalOf, sentenceOf } from '../answer.ts'
import type { DeadLetterReason } from '../dead-letters/letter.ts'
import type { DeadLetterStore } from '../dead-letters/store.ts'
import type { DurableLog } from '../log/log.ts'
import type { Arrived } from './arrived.ts'
import { inOrder, lettersOf, placeOf } from './bad-letters.ts'
import { OpenTakes } from './open-takes.ts'
import { headFor } from './record-head.ts'
import { decodeRequestName } from './request-name.ts'
import { Rights, type TokenScope } from './rights.ts'
import { SenderBook, type SeriesLimits } from './sender-book.ts'
import { Senders } from './senders.ts'
import { SentBefore } from './sent-before.ts'
import { SeriesBudget } from './series-budget.ts'
import { type IntakeTools, takeLines } from './take.ts'
import type { Taken, TakenLines } from './taken.ts'
import { Turns } from './turns.ts'

export interface IntakeOptions {
  readonly log: DurableLog
  readonly letters: DeadLetterStore
  readonly clock: Clock
  readonly tools: IntakeTools
  readonly series: SeriesLimits
  /** How many bad lines of one request are named in its answer. */
  readonly lineErrorsMax: number
  readonly quarantineBucket: string
  readonly say?: (line: string) => void
  /** Memory that batches may take while they wait and are taken. */
  readonly room?: BodyRoom
  /** Sees each record that the log holds from before. */
  readonly onRecovered?: (payload: Buffer) => void
}

export interface IntakeCounters {
  requests: number
  linesAccepted: number
  linesQuarantined: number
  bytesAccepted: number
  /** Bad lines by reason; each lies in the dead letters. */
  readonly refused: Map<DeadLetterReason, number>
  /** Requests answered 503: their senders keep them. */
  unavailable: number
}

/** null: all of it is on disk. Else what its sender is told. */
export type Answered = (refusal: ApiError | null) => void

interface LogRecord {
  readonly parts: readonly Uint8Array[]
  readonly bytes: number
}

/** A larger batch is taken in turns with whoever else is there. */
const atOnceBytesMax = 128 << 10
/** Takes batches in: when one is answered, its good lines are in the log and its bad ones in the dead letters, on disk. */
export class Intake {
  readonly counters: IntakeCounters = {
    requests: 0,
    linesAccepted: 0,
    linesQuarantined: 0,
    bytesAccepted: 0,
    refused: new Map(),
    unavailable: 0,
  }
  readonly sentBefore = new SentBefore()
  readonly senders = new Senders()
  readonly #books = new Map<string, Map<string, SenderBook>>()
  readonly #budgets = new Map<string, SeriesBudget>()
  /** Arrival of the newest record: no stamp may lie before it. */
  #newestNs = 0n
  /** Batches that are judged and not yet answered. */
  #open = new OpenTakes(Promise.resolve())
  #newestSequence = 0

  readonly #turns: Turns

  constructor(readonly options: IntakeOptions) {
    this.#turns = new Turns(options.tools)
  }

  /** What the log holds from before: arrivals and names of requests. Call before the first batch. */
  async recover(): Promise<void> {
    await this.options.log.visit(({ payload }) => {
      const { arrivalNs, tokenId, idempotencyKey } = requestOf(payload)
      if (arrivalNs > this.#newestNs) this.#newestNs = arrivalNs
      if (idempotencyKey !== '') this.sentBefore.remember(tokenId, decodeRequestName(idempotencyKey))
      this.options.onRecovered?.(payload)
    })
  }

  /** Series budgets by token id. */
  get budgets(): ReadonlyMap<string, SeriesBudget> {
    return this.#budgets
  }

  /** Buckets that were written since the start. */
  get buckets(): ReadonlySet<string> {
    return new Set([...this.#books.values()].flatMap((books) => [...books.keys()]))
  }

  /** Resolves when every batch that has its context by now is in the log, or refused. @returns the newest of their records */
  async settled(): Promise<number> {
    const open = this.#open
    this.#open = new OpenTakes(open.ended)
    open.close()
    await open.ended
    return this.#newestSequence
  }

  /** Forgets what a token's series were judged by: its rights have changed. */
  forgetToken(id: string): void {
    this.#books.delete(id)
    this.#budgets.delete(id)
    this.senders.forget(id)
  }

  /** Takes a batch in; `done` is called once, when it is on disk or refused. @throws ApiError when another one had its name */
  take(arrived: Arrived, done: Answered): void {
    this.counters.requests++
    const { length } = arrived.bytes
    if (length <= roomlessBytes) {
      this.#takeNamed(arrived, done)
      return
    }
    const { room = endlessRoom } = this.options
    if (!room.take(length)) {
      done(crowded(room.bytesMax))
      return
    }
    try {
      this.#takeNamed(arrived, (refusal) => {
        room.give(length)
        done(refusal)
      })
    } catch (error) {
      room.give(length)
      throw error
    }
  }

  #takeNamed(arrived: Arrived, done: Answered): void {
    const { name } = arrived
    if (name === undefined) {
      this.#take(arrived, done)
      return
    }
    const ended = this.sentBefore.begin(arrived.scope.id, name, (stored) =>
      stored ? done(null) : this.#takeNamed(arrived, done),
    )
    if (ended === null) return
    try {
      this.#take(arrived, (refusal) => {
        // Named again after a partial write it is acknowledged too: its good lines are there, its bad ones in the letters.
        ended(refusal === null || refusal.code === 'unprocessable entity' || refusal.code === 'invalid')
        done(refusal)
      })
    } catch (error) {
      ended(false)
      throw error
    }
  }

  #take(arrived: Arrived, done: Answered): void {
    const open = this.#open
    open.count++
    try {
      this.#judge(arrived, (refusal) => {
        open.leave()
        done(refusal)
      })
    } catch (error) {
      open.leave()
      throw error
    }
  }

  #judge(arrived: Arrived, done: Answered): void {
    const { log, clock, tools } = this.options
    if (log.obstacle !== null) {
      this.#unavailable(log.obstacle.message, done)
      return
    }
    const arrivalNs = arrived.replayOfNs ?? clock.nowNs()
    const { bytes, bucket, precision, scope } = arrived
    // Told one by one: a spread costs as much here as all else that is done for one line.
    const batch = {
      bytes,
      bucket,
      precision,
      tokenId: scope.id,
      arrivalNs,
      tellsAllApart: arrived.origin !== undefined,
    }
    const book = this.#bookOf(scope, bucket)
    const newestNs = this.#newestNs
    if (bytes.length <= atOnceBytesMax) {
      this.#keep(arrived, arrivalNs, newestNs, takeLines(batch, book, tools), done)
      return
    }
    this.#turns.take(batch, book, (error, taken) => {
      const fail = (reason: unknown): void => done(asApiError(reason, this.options.say ?? console.error))
      if (taken === null) return fail(error)
      try {
        this.#keep(arrived, arrivalNs, newestNs, taken, done)
      } catch (reason) {
        fail(reason)
      }
    })
  }

  /** @param newestNs arrival of the newest record when this batch came */
  #keep(arrived: Arrived, arrivalNs: bigint, newestNs: bigint, taken: Taken, done: Answered): void {
    const { log } = this.options
    const obstacle = arrived.replayOfNs === undefined ? whyNotNow(taken, arrivalNs, newestNs) : null
    if (obstacle !== null) {
      this.#unavailable(obstacle, done)
      return
    }
    const { good, quarantined, badTogether } = taken
    if (arrived.origin === undefined && taken.bad.length + badTogether.length + quarantined.lines === 0) {
      this.#appendGood(arrived, arrivalNs, taken, done)
      return
    }
    const records = this.#recordsOf(taken, arrived, arrivalNs)
    if (records.some(({ bytes }) => bytes > log.payloadBytesMax)) {
      done(tooLarge(log.payloadBytesMax))
      return
    }
    const bad = arrived.origin === undefined ? taken.bad : inOrder(arrived.origin, taken.bad)
    const badLines = badTogether.reduce((sum, { lines }) => sum + lines, bad.length)
    const errors = bad.slice(0, this.options.lineErrorsMax).map(placeOf)
    const refusal = refusalOf({ goodLines: good.lines + quarantined.lines, badLines, errors })
    const counted = countsOf(taken, badLines)
    const stored = (): void => {
      for (const { kind } of bad) this.#countRefused(kind, 1)
      for (const { kind, lines } of badTogether) this.#countRefused(kind, lines)
      this.#countStored(arrived, arrivalNs, counted)
      done(refusal)
    }
    if (bad.length === 0) {
      this.#append(records, stored, done)
      return
    }
    if (arrived.replayOfNs !== undefined) {
      done(new ApiError('invalid', bad.map((one) => sentenceOf(placeOf(one))).join('\n')))
      return
    }
    // Letters first: when one cannot be kept nothing of the batch is, and its sender sends it again.
    this.options.letters.add(lettersOf(bad, badTogether, arrived, arrivalNs)).then(
      () => {
        for (const { bytes, isCopy } of badTogether) if (isCopy) freeWhole(bytes)
        this.#append(records, stored, done)
      },
      (error: unknown) => this.#unavailable(`a dead letter cannot be kept: ${messageOf(error)}`, done),
    )
  }

  /** The way of most batches: every line is good, and one record holds them. */
  #appendGood(arrived: Arrived, arrivalNs: bigint, taken: Taken, done: Answered): void {
    const { good } = taken
    const counted = countsOf(taken, 0)
    if (good.lines === 0) {
      this.#countStored(arrived, arrivalNs, counted)
      done(null)
      return
    }
    const parts = [
      ...acceptedWriteParts(headFor(arrived, arrived.bucket, arrivalNs, good), good.contextRuns),
      ...good.parts,
    ]
    const runs = good.contextRuns.bytes
    this.#appendOne(parts, arrived, arrivalNs, counted, (refusal) => {
      freeMemory(runs)
      done(refusal)
    })
  }

  #appendOne(
    parts: readonly Uint8Array[],
    arrived: Arrived,
    arrivalNs: bigint,
    counted: Counted,
    done: Answered,
  ): void {
    const { log } = this.options
    let bytes = 0
    for (const part of parts) bytes += part.length
    if (bytes > log.payloadBytesMax) {
      done(tooLarge(log.payloadBytesMax))
      return
    }
    log.append(parts, (error, sequence) => {
      if (error !== null) {
        this.#unavailable(error.message, done)
        return
      }
      if (sequence > this.#newestSequence) this.#newestSequence = sequence
      this.#countStored(arrived, arrivalNs, counted)
      done(null)
    })
  }

  #countRefused(kind: DeadLetterReason, lines: number): void {
    this.counters.refused.set(kind, (this.counters.refused.get(kind) ?? 0) + lines)
  }

  #countStored(arrived: Arrived, arrivalNs: bigint, counted: Counted): void {
    const { goodLines, quarantinedLines, badLines } = counted
    this.counters.linesAccepted += goodLines
    this.counters.linesQuarantined += quarantinedLines
    this.counters.bytesAccepted += arrived.bytes.length
    if (arrivalNs > this.#newestNs) this.#newestNs = arrivalNs
    // A letter that is tried again says nothing about who sent it once.
    if (arrived.replayOfNs === undefined)
      this.senders.of(arrived.scope.id).note(goodLines + quarantinedLines, badLines, arrivalNs, counted.newestSeconds)
  }

  #recordsOf({ good, quarantined }: Taken, arrived: Arrived, arrivalNs: bigint): readonly LogRecord[] {
    const of = (lines: TakenLines, bucket: string, from: Arrived): LogRecord[] => {
      if (lines.lines === 0) return []
      const parts = [...acceptedWriteParts(headFor(from, bucket, arrivalNs, lines), lines.contextRuns), ...lines.parts]
      return [{ parts, bytes: parts.reduce((sum, part) => sum + part.length, 0) }]
    }
    // The last one alone has the request's name: who finds it in the log knows that all of it is there.
    const first = quarantined.lines === 0 ? arrived : { ...arrived, name: undefined }
    return [...of(good, arrived.bucket, first), ...of(quarantined, this.options.quarantineBucket, arrived)]
  }

  /** One after the other: a record is on disk only with those before it. */
  #append([record, ...others]: readonly LogRecord[], stored: () => void, done: Answered): void {
    if (record === undefined) {
      stored()
      return
    }
    this.options.log.append(record.parts, (error, sequence) => {
      if (error !== null) {
        this.#unavailable(error.message, done)
        return
      }
      this.#newestSequence = Math.max(this.#newestSequence, sequence)
      this.#append(others, stored, done)
    })
  }

  #unavailable(reason: string, done: Answered): void {
    this.counters.unavailable++
    done(new ApiError('unavailable', `${reason}; nothing was acknowledged, send it again`))
  }

  #bookOf(scope: TokenScope, bucket: string): SenderBook {
    let books = this.#books.get(scope.id)
    if (books === undefined) this.#books.set(scope.id, (books = new Map()))
    let book = books.get(bucket)
    if (book === undefined) {
      const { series, tools } = this.options
      let budget = this.#budgets.get(scope.id)
      if (budget === undefined) {
        budget = new SeriesBudget(scope.seriesMax ?? series.seriesPerTokenMax, series.seriesPerMachineMax)
        this.#budgets.set(scope.id, budget)
      }
      book = new SenderBook(new Rights(scope), budget, tools.machines, tools.ranges, series, tools.pseudonyms ?? null)
      books.set(bucket, book)
    }
    return book
  }
}

/** What is counted of a batch once it is on disk: its lines' runs and parts need not live so long. */
interface Counted {
  readonly goodLines: number
  readonly quarantinedLines: number
  readonly badLines: number
  readonly newestSeconds: number
}

const countsOf = ({ good, quarantined }: Taken, badLines: number): Counted => ({
  goodLines: good.lines,
  quarantinedLines: quarantined.lines,
  badLines,
  newestSeconds: Math.max(
    good.extent?.toSeconds ?? Number.NEGATIVE_INFINITY,
    quarantined.extent?.toSeconds ?? Number.NEGATIVE_INFINITY,
  ),
})

/** A line without a time gets the arrival's, which must not lie before what is stored already. */
function whyNotNow({ good, quarantined }: Taken, arrivalNs: bigint, newestNs: bigint): string | null {
  const unstamped = good.withoutTime + quarantined.withoutTime
  if (unstamped === 0 || arrivalNs >= newestNs) return null
  const behind = Number(newestNs - arrivalNs) / 1e9
  return `the server's clock stands ${behind} s before the last record it took, and ${unstamped} lines have no time of their own: set the clock, or send times`
}

const tooLarge = (bytesMax: number): ApiError =>
  new ApiError(
    'request too large',
    `the batch does not fit into ${bytesMax} bytes of the log; send it in smaller parts`,
  )

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
