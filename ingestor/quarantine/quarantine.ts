import { flux, fluxExpression, fluxInteger } from '@influxdata/influxdb-client'
import type { Clock } from '../../lib/clock.ts'
import { ApiError } from '../../lib/errors.ts'
import { InfluxUnreachable } from '../../lib/http/influx-request.ts'
import type { InfluxClient } from '../../lib/influx/client.ts'
import { InfluxRefused } from '../../lib/influx/refused.ts'
import { formatPoint } from '../../lib/line-protocol/format.ts'
import type { BucketNames } from '../../lib/schema/buckets.ts'
import { encodeAcceptedWrite } from '../accepted-write.ts'
import type { Delivery } from '../delivery/delivery.ts'
import type { DurableLog } from '../log/log.ts'
import { LogUnavailable } from '../log/unavailable.ts'
import { deletePredicate, fluxOf, type Selection } from './selection.ts'
import { readPoints, type StoredPoint } from './stored-points.ts'

export interface QuarantineOptions {
  readonly influx: InfluxClient
  readonly log: DurableLog
  readonly delivery: Delivery
  readonly buckets: BucketNames
  readonly clock: Clock
  /** Points that are being given the tags of another context are waited for, and read again. */
  readonly context: { readonly version: () => number; readonly isBeingCorrected: () => boolean }
  /** Lines that the log's quota took undelivered so far. */
  readonly dropped: { readonly lines: number }
  /** How long the delivery is waited for. */
  readonly waitMs?: number
  /** Values in one step of a release. */
  readonly stepValues?: number
}

export interface Released {
  readonly points: number
  /** There are more: ask again. */
  readonly more: boolean
}

const waitDefaultMs = 30_000
const stepValuesDefault = 5_000
const correctedPollMs = 50
/** Steps of one release, so that its request ends some day. */
const stepsMax = 100

/** Readings out of their plausible range: they lie in a bucket of their own until somebody releases or discards them. */
export class Quarantine {
  /** Releases and discards take turns. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(readonly options: QuarantineOptions) {}

  /** The first points of a selection in order of time, at most `count`. */
  async list(selection: Selection, count: number): Promise<readonly StoredPoint[]> {
    const { influx, buckets } = this.options
    const query = flux`${fluxExpression(fluxOf(buckets.quarantine, selection).toString())}  |> limit(n: ${fluxInteger(String(count))})`
    return (await this.#asked(() => readPoints(influx, query))).slice(0, count)
  }

  /**
   * Moves points to the raw bucket with all of their tags, oldest first. They go through the log; from the quarantine they are
   * deleted only once the store has them for good, with the delivery at a standstill so that nothing that came meanwhile goes
   * with them. Done again after a crash it changes nothing that was done.
   * @throws ApiError when log or store do not do their part; what was moved until then stays moved
   */
  release(selection: Selection): Promise<Released> {
    return this.#inTurn(async () => {
      deletePredicate(selection)
      const released = new Set<string>()
      for (let step = 0; step < stepsMax; step++) {
        const moved = await this.#step(selection)
        if (moved === null) return { points: released.size, more: false }
        for (const id of moved) released.add(id)
      }
      return { points: released.size, more: true }
    })
  }

  /** Deletes points for good. @returns how many values (fields of points) there were */
  discard(selection: Selection): Promise<number> {
    return this.#inTurn(async () => {
      const { influx, buckets, delivery, log } = this.options
      const predicate = deletePredicate(selection)
      // What is on its way to the quarantine, or would be sent once more after a crash, would come back.
      await this.#within(delivery.settle(log.durableSequence))
      const counted = flux`${fluxExpression(fluxOf(buckets.quarantine, selection).toString())}  |> count()
  |> keep(columns: ["_value"])
  |> sum()`
      const tables = await this.#asked(() => influx.query(counted))
      const count = tables.reduce(
        (sum, { columns }) => sum + Number(columns.find(({ label }) => label === '_value')?.at(0) ?? 0),
        0,
      )
      if (count > 0)
        await this.#asked(() => influx.delete(buckets.quarantine, selection.fromNs, selection.toNs, predicate))
      return count
    })
  }

  /** Moves the selection's first points. @returns what tells them apart, or null when none is left */
  async #step(selection: Selection): Promise<readonly string[] | null> {
    const { influx, delivery, log, buckets, context, dropped } = this.options
    await this.#within(delivery.settle(log.durableSequence))
    await this.#within(this.#corrected())
    const version = context.version()
    const toNs = await this.#endOfStep(selection)
    if (toNs === null) return null
    const part = { ...selection, toNs }
    const read = () => this.#asked(() => readPoints(influx, fluxOf(buckets.quarantine, part)))
    const points = await read()
    // What is logged before a change of context is corrected with it; what was read before and is logged after it would not be.
    if (context.version() !== version || context.isBeingCorrected()) return []
    if (points.length === 0) return []
    const droppedBefore = dropped.lines
    const sequence = await this.#append(points)
    await this.#within(delivery.settle(sequence))
    if (dropped.lines !== droppedBefore)
      throw new ApiError(
        'unavailable',
        "the log's quota took lines that were not delivered; nothing was deleted, try again",
      )
    const ids = new Set(points.map(idOf))
    await this.#within(delivery.pause(), () => delivery.resume())
    try {
      // Whatever came late into the same stretch of time has its turn in the next step, together with these.
      if ((await read()).every((point) => ids.has(idOf(point))))
        await this.#asked(() => influx.delete(buckets.quarantine, part.fromNs, part.toNs, deletePredicate(part)))
    } finally {
      delivery.resume()
    }
    return [...ids]
  }

  async #corrected(): Promise<void> {
    while (this.options.context.isBeingCorrected()) await this.options.clock.sleep(correctedPollMs)
  }

  /** Behind the time up to which the selection has about a step's values; null when it has none. */
  async #endOfStep(selection: Selection): Promise<bigint | null> {
    const { influx, buckets, stepValues = stepValuesDefault } = this.options
    const query = flux`${fluxExpression(fluxOf(buckets.quarantine, selection).toString())}  |> keep(columns: ["_time"])
  |> sort(columns: ["_time"])
  |> limit(n: ${fluxInteger(String(stepValues))})`
    const tables = await this.#asked(() => influx.query(query))
    const times = tables.flatMap(({ columns, length }) => {
      const column = columns.find(({ label }) => label === '_time')
      return column === undefined ? [] : Array.from({ length }, (_, row) => column.at(row) as bigint)
    })
    const last = times.reduce<bigint | null>((latest, time) => (latest === null || time > latest ? time : latest), null)
    return last === null ? null : last + 1n
  }

  /** @returns the record's sequence number, once it is on disk */
  #append(points: readonly StoredPoint[]): Promise<number> {
    const { log, buckets, clock } = this.options
    const head = encodeAcceptedWrite({
      bucket: buckets.raw,
      precision: 'ns',
      tokenId: 'quarantine',
      idempotencyKey: '',
      arrivalNs: clock.nowNs(),
      earliestNs: points[0]!.timeNs,
      latestNs: points.at(-1)!.timeNs,
      lines: points.length,
      contextRuns: [],
    })
    const body = Buffer.from(points.map((point) => `${formatPoint(point)}\n`).join(''))
    return new Promise((resolve, reject) =>
      log.append([head, body], (error, sequence) => {
        if (error === null) resolve(sequence)
        else reject(new ApiError('unavailable', `${error.message}; nothing was deleted, try again`))
      }),
    )
  }

  /** What the store answers, its refusals and silence in our words. */
  async #asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask()
    } catch (error) {
      if (error instanceof InfluxUnreachable || error instanceof InfluxRefused)
        throw new ApiError(
          'unavailable',
          `the store was asked for the quarantine: ${error.message}`,
          {},
          { cause: error },
        )
      throw error
    }
  }

  /** @param late undoes what comes too late */
  async #within<T>(work: Promise<T>, late: () => void = () => {}): Promise<T> {
    const { waitMs = waitDefaultMs } = this.options
    let timer: NodeJS.Timeout | undefined
    const cut = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        work.then(late, () => {})
        const seconds = waitMs / 1000
        reject(
          new ApiError(
            'unavailable',
            `the store has not taken everything within ${seconds} s; nothing was deleted, try again`,
          ),
        )
      }, waitMs)
    })
    try {
      return await Promise.race([work, cut])
    } catch (error) {
      if (error instanceof LogUnavailable) throw new ApiError('unavailable', error.message, {}, { cause: error })
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(act)
    this.#turn = result.catch(() => {})
    return result
  }
}

const idOf = ({ series, timeNs }: StoredPoint): string => `${series} ${timeNs}`
