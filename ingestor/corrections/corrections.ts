import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../lib/clock.ts'
import type { InfluxClient } from '../../lib/influx/client.ts'
import type { InfluxPoint } from '../../lib/influx/point.ts'
import type { BucketNames } from '../../lib/schema/buckets.ts'
import { formatInstant } from '../../lib/time/instant.ts'
import type { ContextChange } from '../context/book.ts'
import type { Applied, ContextStore } from '../context/context-store.ts'
import type { DeadLetter } from '../dead-letters/letter.ts'
import type { Delivery } from '../delivery/delivery.ts'
import type { Send } from '../delivery/send.ts'
import type { Intake } from '../intake/intake.ts'
import type { DurableLog } from '../log/log.ts'
import { logOwnPoints } from '../own-points.ts'
import { Audit, type AuditEntry } from './audit.ts'
import { dropJournal, readJournal, type Slice, writeJournal } from './journal.ts'
import { type Moved, type Progress, readProgress, writeProgress } from './progress.ts'
import { predicateOf, reattribute } from './reattribute.ts'
import { countValues, earliestNs, extentOf, latestNs, readValues, type Span } from './stored-points.ts'
import { changePoint, intervalPoints, toldAnew, wordsOf } from './told.ts'

export interface CorrectionOptions {
  readonly context: ContextStore
  readonly intake: Intake
  readonly log: DurableLog
  readonly delivery: Delivery
  readonly influx: InfluxClient
  /** To the store, past the log. */
  readonly send: Send
  readonly layDown: (letters: readonly Omit<DeadLetter, 'id'>[]) => Promise<unknown>
  readonly buckets: BucketNames
  readonly placeOf: (machine: string) => Readonly<Record<string, string>>
  readonly clock: Clock
  readonly say: (line: string) => void
  /** Values in one slice: what is held in memory, and how much the delivery waits for at a time. */
  readonly sliceValuesMax?: number
  /** Called before each step, by its name; tests end everything there. */
  readonly onStep?: (step: CorrectionStep) => Promise<void>
}

export type CorrectionStep =
  | 'settle'
  | 'begin'
  | 'journal'
  | 'delete'
  | 'write'
  | 'drop the journal'
  | 'note progress'
  | 'tell intervals'
  | 'audit'
  | 'finish'

/** A few megabytes of CSV, a second's work. */
const sliceValuesDefault = 25_000
const linesPerRequest = 5_000
const requestsInFlight = 2
const backoffMinMs = 250
const backoffMaxMs = 30_000
/** Operations of different machines that are worked on together. */
const operationsTogether = 200

/** What the files of a data folder say before anything else is opened. */
export interface CorrectionFiles {
  readonly folder: string
  readonly progress: Progress
  readonly audit: Audit
}

export async function openCorrectionFiles(dataDir: string): Promise<CorrectionFiles> {
  const folder = join(dataDir, 'corrections')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const progress = await readProgress(join(folder, 'progress.json'), {
    finished: 0,
    deliveredAtLeast: 0,
    buckets: [],
    current: null,
  })
  return { folder, progress, audit: await Audit.open(join(folder, 'audit.jsonl')) }
}

/**
 * Makes points agree with what is said later about what ran when. Operations are worked on in their order, in slices of time:
 *
 * 1. Every record that got its context before the change is delivered, for good (`Delivery.settle`).
 * 2. With the delivery at a standstill a slice's points are read, and what goes and comes is laid down in a journal.
 * 3. What is wrong is deleted, what is right is written, the journal is dropped, and delivery goes on.
 *
 * Each step may be done again: after a crash the journal comes first, before anything is delivered, and the operation from its start.
 */
export class Corrections {
  #progress: Progress
  readonly #queue: Applied[]
  readonly #stopped = new AbortController()
  #running: Promise<void> | null = null
  #wake: () => void = () => {}
  #trouble: string | null = null
  #toldOfBucket = false

  constructor(
    readonly files: CorrectionFiles,
    readonly options: CorrectionOptions,
  ) {
    this.#progress = files.progress
    this.#queue = [...options.context.unfinished]
  }

  get audit(): Audit {
    return this.files.audit
  }
  /** Operations whose points are not yet right. */
  get waiting(): number {
    return this.#queue.length
  }
  /** Why nothing moves at the moment. */
  get trouble(): string | null {
    return this.#trouble ?? (this.waiting > 0 ? (this.options.delivery.trouble?.reason ?? null) : null)
  }

  /** Call after the context has changed. */
  add(applied: Applied): void {
    this.#queue.push(applied)
    this.#wake()
  }

  /** Begins; delivery may be started after it: it stands still until a slice that was under way is done. */
  async start(): Promise<void> {
    const slice = await readJournal(this.#journalPath).catch(async (error: unknown) => {
      await rename(this.#journalPath, `${this.#journalPath}.damaged`)
      this.options.say(`${messageOf(error)}: it is kept as ${this.#journalPath}.damaged`)
      return null
    })
    const current = this.#progress.current
    const isOpen = slice !== null && current?.through === slice.through && current.slices < slice.number
    if (slice !== null && !isOpen) await dropJournal(this.#journalPath)
    if (isOpen) void this.options.delivery.pause()
    this.#running = this.#run(isOpen ? slice : null).catch((error: unknown) => {
      if (!this.#stopped.signal.aborted) this.options.say(`corrections of context have ended: ${messageOf(error)}`)
    })
  }

  /** Ends between two requests; the next start goes on. */
  async stop(): Promise<void> {
    this.#stopped.abort(new Error('corrections were stopped'))
    this.#wake()
    await this.#running
  }

  async #run(open: Slice | null): Promise<void> {
    if (open !== null) {
      await this.#carryOut(open)
      this.options.delivery.resume()
    }
    while (!this.#stopped.signal.aborted) {
      // What was begun before a crash goes on as it was begun.
      const begun = this.#progress.current?.through ?? Number.POSITIVE_INFINITY
      const batch = together(this.#queue.filter(({ sequence }) => sequence <= begun))
      if (batch.length === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
          if (this.#queue.length > 0 || this.#stopped.signal.aborted) resolve()
        })
        continue
      }
      await this.#correct(batch)
      this.#queue.splice(0, batch.length)
    }
  }

  /** @param batch operations that have no machine in common */
  async #correct(batch: readonly Applied[]): Promise<void> {
    const { intake, log, delivery, clock, buckets } = this.options
    const through = batch.at(-1)!.sequence
    const changes = changesByMachine(batch)
    if (changes.size > 0) {
      await this.#step('settle')
      const newest = await this.#unlessStopped(intake.settled())
      const settled = Math.max(newest, log.durableSequence)
      await this.#patiently(() => delivery.settle(settled))
      await this.#step('begin')
      const known = new Set([...this.#progress.buckets, buckets.raw, buckets.quarantine, ...intake.buckets])
      known.delete(buckets.derived)
      known.delete(buckets.rollup)
      const deliveredAtLeast = Math.max(this.#progress.deliveredAtLeast, settled)
      await this.#note({ ...this.#progress, deliveredAtLeast, buckets: [...known] })
    }
    if (this.#progress.current?.through !== through)
      await this.#note({ ...this.#progress, current: { through, slices: 0, moved: {}, correctedNs: null } })
    if (this.#progress.current!.correctedNs === null) {
      for (const bucket of changes.size === 0 ? [] : this.#progress.buckets) await this.#correctBucket(bucket, changes)
      await this.#note({ ...this.#progress, current: { ...this.#progress.current!, correctedNs: `${clock.nowNs()}` } })
    }
    const { moved, correctedNs } = this.#progress.current!
    await this.#step('tell intervals')
    await this.#tell(batch, changes, moved, BigInt(correctedNs!))
    await this.#step('audit')
    const entries = batch.flatMap((applied) => entriesOf(applied, moved, correctedNs!))
    await this.#patiently(() => this.audit.add(entries))
    await this.#step('finish')
    await this.#note({ ...this.#progress, finished: through, current: null })
  }

  /** What ran when, and what was corrected, for jobs and dashboards: by the log, like any other points. */
  async #tell(
    batch: readonly Applied[],
    changes: ReadonlyMap<string, readonly ContextChange[]>,
    moved: Readonly<Record<string, Moved>>,
    correctedNs: bigint,
  ): Promise<void> {
    if (changes.size === 0) return
    const { influx, log, clock, context, placeOf, buckets, say } = this.options
    const measurement = 'context_interval'
    const spans = new Map([...changes].map(([machine, own]) => [machine, toldAnew(context.book, machine, own)]))
    const { fromNs, toNs } = hullOf([...spans.values()])
    const hull = { fromNs, toNs: toNs < latestNs ? toNs + 1n : latestNs }
    const machines = new Set(spans.keys())
    const known = await this.#patiently(() => countValues(influx, buckets.derived, machines, hull, measurement))
    if (known === null) {
      // Points for a bucket that is not there would hold up all others.
      if (!this.#toldOfBucket) say(`the bucket ${buckets.derived} is not there: nobody is told what ran when`)
      this.#toldOfBucket = true
      return
    }
    const points: InfluxPoint[] = []
    for (const [machine, span] of spans) {
      const which = `_measurement="${measurement}" AND ${predicateOf([['machine', machine]])}`
      if (known.has(machine))
        await this.#patiently(() => this.#delete(buckets.derived, { ...span, toNs: span.toNs + 1n }, which))
      points.push(...intervalPoints(context.book, machine, span, placeOf(machine)))
    }
    for (const applied of batch)
      for (const [machine, what] of wordsOf(applied)) {
        const own = moved[machine]
        if (own !== undefined && own.points > 0)
          points.push(changePoint(applied, what, own, correctedNs, placeOf(machine)))
      }
    await this.#patiently(() => logOwnPoints(log, clock, buckets.derived, points))
  }

  async #correctBucket(bucket: string, changes: ReadonlyMap<string, readonly ContextChange[]>): Promise<void> {
    const { influx } = this.options
    const all = [...changes.values()].flat().map(spanOf)
    const counts = await this.#patiently(() => countValues(influx, bucket, new Set(changes.keys()), hullOf(all)))
    for (const machine of counts?.keys() ?? []) await this.#correctMachine(bucket, machine, changes.get(machine)!)
  }

  /** Cuts the time into slices that are small enough; where nothing lies nothing is read. */
  async #correctMachine(
    bucket: string,
    machine: string,
    changes: readonly ContextChange[],
    within?: Span,
  ): Promise<void> {
    const { influx, sliceValuesMax = sliceValuesDefault } = this.options
    const own = changes.filter((change) => !isEmpty(cut(spanOf(change), within)))
    if (own.length === 0) return
    const span = hullOf(own.map((change) => cut(spanOf(change), within)))
    const counts = await this.#patiently(() => countValues(influx, bucket, new Set([machine]), span))
    const count = counts?.get(machine) ?? 0
    if (count === 0) return
    if (count <= sliceValuesMax || span.toNs - span.fromNs === 1n) {
      await this.#correctSlice(bucket, machine, own, span)
      return
    }
    const extent = await this.#patiently(() => extentOf(influx, bucket, machine, span))
    if (extent === null) return
    // Values come evenly as a rule; a part that has too many after all is cut again.
    const parts = BigInt(Math.max(2, Math.ceil(count / (sliceValuesMax * 0.8))))
    const lengthNs = extent.toNs - extent.fromNs
    if (lengthNs === 1n) {
      await this.#correctSlice(bucket, machine, own, extent)
      return
    }
    for (let part = 0n; part < parts; part++) {
      const fromNs = extent.fromNs + (lengthNs * part) / parts
      const toNs = extent.fromNs + (lengthNs * (part + 1n)) / parts
      if (fromNs < toNs) await this.#correctMachine(bucket, machine, own, { fromNs, toNs })
    }
  }

  async #correctSlice(bucket: string, machine: string, changes: readonly ContextChange[], span: Span): Promise<void> {
    const { delivery, influx } = this.options
    const current = this.#progress.current!
    // What is delivered between reading and deleting would be deleted unread.
    await this.#unlessStopped(delivery.pause())
    const columns = await this.#patiently(() => readValues(influx, bucket, machine, span))
    const { predicates, lines, moved } = reattribute(machine, columns, changes)
    if (moved !== null) {
      const slice = {
        through: current.through,
        number: current.slices + 1,
        bucket,
        machine,
        ...span,
        predicates,
        moved,
        lines,
      }
      await this.#step('journal')
      await this.#patiently(() => writeJournal(this.#journalPath, slice))
      await this.#carryOut(slice)
    }
    delivery.resume()
  }

  /** Everything that a journal says; again, if need be. */
  async #carryOut({ bucket, machine, predicates, lines, moved, number, ...span }: Slice): Promise<void> {
    for (const predicate of predicates) {
      await this.#step('delete')
      await this.#patiently(() => this.#delete(bucket, span, predicate))
    }
    await this.#step('write')
    await this.#write(bucket, lines)
    await this.#step('note progress')
    const current = this.#progress.current!
    const before = current.moved[machine]
    await this.#note({
      ...this.#progress,
      current: { ...current, slices: number, moved: { ...current.moved, [machine]: sum(before, moved) } },
    })
    await this.#step('drop the journal')
    await this.#patiently(() => dropJournal(this.#journalPath))
  }

  #delete(bucket: string, { fromNs, toNs }: Span, predicate: string): Promise<void> {
    return this.options.influx.delete(bucket, fromNs, toNs, predicate)
  }

  async #write(bucket: string, lines: readonly string[]): Promise<void> {
    const parts: Uint8Array[][] = []
    for (let start = 0; start < lines.length; start += linesPerRequest)
      parts.push(lines.slice(start, start + linesPerRequest).map((line) => Buffer.from(line)))
    const next = parts[Symbol.iterator]()
    const work = async (): Promise<void> => {
      for (const part of next) await this.#writePart(bucket, part)
    }
    await Promise.all(Array.from({ length: requestsInFlight }, work))
  }

  /** What the store refuses now although it had it lies in the dead letters, line by line. */
  async #writePart(bucket: string, lines: readonly Uint8Array[]): Promise<void> {
    const outcome = await this.#patiently(async () => {
      const answer = await this.options.send(bucket, 'ns', lines)
      if (answer.kind === 'stored' || answer.kind === 'bad') return answer
      throw new Error(answer.reason)
    })
    if (outcome.kind === 'stored') return
    if (lines.length > 1) {
      const middle = lines.length >> 1
      await this.#writePart(bucket, lines.slice(0, middle))
      await this.#writePart(bucket, lines.slice(middle))
      return
    }
    const letter: Omit<DeadLetter, 'id'> = {
      atNs: this.options.clock.nowNs(),
      reason: 'refused',
      message: `the database had this point and did not take it back with its right context: ${outcome.reason}`,
      bucket,
      precision: 'ns',
      tokenId: 'ingestor',
      source: 'delivery',
      line: 0,
      byteOffset: 0,
      bytes: lines[0]!,
    }
    await this.#patiently(() => this.options.layDown([letter]))
  }

  async #note(progress: Progress): Promise<void> {
    await this.#patiently(() => writeProgress(join(this.files.folder, 'progress.json'), progress))
    this.#progress = progress
  }

  get #journalPath(): string {
    return join(this.files.folder, 'slice.journal')
  }

  async #step(step: CorrectionStep): Promise<void> {
    this.#stopped.signal.throwIfAborted()
    if (this.options.onStep !== undefined) await this.#unlessStopped(this.options.onStep(step))
  }

  /** What is under way may end by itself, or never: everything here can be done again. */
  #unlessStopped<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#stopped
    return new Promise((resolve, reject) => {
      const stop = (): void => reject(signal.reason as Error)
      signal.addEventListener('abort', stop, { once: true })
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
    })
  }

  /** A store that is away, a full disk, a right that is missing: all of it passes, and nothing is skipped. */
  async #patiently<T>(act: () => Promise<T>): Promise<T> {
    for (let waitMs = backoffMinMs; ; waitMs = Math.min(backoffMaxMs, waitMs * 2)) {
      this.#stopped.signal.throwIfAborted()
      try {
        const result = await this.#unlessStopped(act())
        this.#trouble = null
        return result
      } catch (error) {
        this.#stopped.signal.throwIfAborted()
        const reason = messageOf(error)
        if (this.#trouble !== reason) this.options.say(`a correction of context waits: ${reason}`)
        this.#trouble = reason
        await this.options.clock.sleep(waitMs, this.#stopped.signal)
      }
    }
  }
}

/** As many of the first operations as have no machine in common: then points can be told apart by machine. */
export function together(queue: readonly Applied[]): readonly Applied[] {
  const taken = new Set<string>()
  const batch: Applied[] = []
  for (const applied of queue.slice(0, operationsTogether)) {
    const machines = machinesOf(applied)
    if (machines.some((machine) => taken.has(machine))) break
    for (const machine of machines) taken.add(machine)
    batch.push(applied)
  }
  return batch
}

const machinesOf = ({ operation }: Applied): readonly string[] =>
  operation.kind === 'delete' ? [operation.machine] : [...new Set(operation.intervals.map(({ machine }) => machine))]

function changesByMachine(batch: readonly Applied[]): ReadonlyMap<string, readonly ContextChange[]> {
  const byMachine = new Map<string, ContextChange[]>()
  for (const { changes } of batch)
    for (const change of changes) {
      const own = byMachine.get(change.machine)
      if (own === undefined) byMachine.set(change.machine, [change])
      else own.push(change)
    }
  return byMachine
}

function entriesOf(applied: Applied, moved: Readonly<Record<string, Moved>>, correctedNs: string): AuditEntry[] {
  const changes = changesByMachine([applied])
  return [...wordsOf(applied)].map(([machine, what]) => {
    const own = changes.get(machine) ?? []
    const last = own.at(-1)
    return {
      id: `${applied.sequence} ${machine}`,
      at: formatInstant(applied.atNs),
      who: applied.who,
      machine,
      what,
      from: own.length === 0 ? null : formatInstant(own[0]!.fromNs),
      to: last === undefined || last.toNs === null ? null : formatInstant(last.toNs),
      points: moved[machine]?.points ?? 0,
      corrected_at: formatInstant(BigInt(correctedNs)),
    }
  })
}

const sum = (before: Moved | undefined, { points, fromNs, lastNs }: Slice['moved']): Moved =>
  before === undefined
    ? { points, fromNs: `${fromNs}`, lastNs: `${lastNs}` }
    : {
        points: before.points + points,
        fromNs: `${fromNs < BigInt(before.fromNs) ? fromNs : before.fromNs}`,
        lastNs: `${lastNs > BigInt(before.lastNs) ? lastNs : before.lastNs}`,
      }

const spanOf = ({ fromNs, toNs }: ContextChange): Span => ({
  fromNs: fromNs < earliestNs ? earliestNs : fromNs,
  toNs: toNs === null || toNs > latestNs ? latestNs : toNs,
})

const cut = ({ fromNs, toNs }: Span, within: Span | undefined): Span =>
  within === undefined
    ? { fromNs, toNs }
    : {
        fromNs: fromNs > within.fromNs ? fromNs : within.fromNs,
        toNs: toNs < within.toNs ? toNs : within.toNs,
      }

const isEmpty = ({ fromNs, toNs }: Span): boolean => fromNs >= toNs

const hullOf = (spans: readonly Span[]): Span =>
  spans.reduce((hull, span) => ({
    fromNs: span.fromNs < hull.fromNs ? span.fromNs : hull.fromNs,
    toNs: span.toNs > hull.toNs ? span.toNs : hull.toNs,
  }))

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
