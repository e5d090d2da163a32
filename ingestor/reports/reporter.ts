import type { Clock } from '../../lib/clock.ts'
import { InfluxUnreachable } from '../../lib/http/influx-request.ts'
import type { DeadLetterStore } from '../dead-letters/store.ts'
import type { Delivery } from '../delivery/delivery.ts'
import { waitingBytes } from '../delivery/waiting.ts'
import type { Intake } from '../intake/intake.ts'
import { otherSenders } from '../intake/senders.ts'
import type { DurableLog } from '../log/log.ts'
import { logOwnPoints } from '../own-points.ts'
import type { TokenStore } from '../tokens/token-store.ts'
import type { Canary } from './canary.ts'
import { type Counts, canaryPoint, type Gauges, pipelinePoints, senderPoint } from './points.ts'

const nothingYet: Counts = {
  lines: 0,
  quarantined: 0,
  unavailable: 0,
  dropped: new Map(),
  waiting: new Map(),
}

export interface ReporterOptions {
  readonly everyMs: number
  /** Where reports go: the derived bucket. */
  readonly bucket: string
  readonly canary: Canary
  readonly intake: Intake
  readonly delivery: Delivery
  readonly letters: DeadLetterStore
  readonly tokens: TokenStore
  readonly log: DurableLog
  readonly dropped: { readonly lines: number }
  /** Why the store would take no report, null when it would. */
  readonly whyNot: () => Promise<string | null>
  readonly clock: Clock
  readonly say: (line: string) => void
}

/** Reports that may wait in the log at once; a store that takes none gets no more of them. */
const waitingReportsMax = 6
const firstAfterMs = 2_000
/** A silent sender has a point only every so many reports. */
const silentEvery = 6

/**
 * Writes about the ingestor itself into its own log, so that reports come to the store by the way of all readings. While the store
 * does not answer, lacks the bucket or refuses us, nothing is written: a report that cannot be stored would hold up the readings
 * behind it. Counts are told as differences to the report before, so what happened meanwhile is in the next one.
 */
export class Reporter {
  readonly #stopped = new AbortController()
  #running: Promise<void> | null = null
  #before = nothingYet
  #beforeMs: number
  /** Each sender as its last point told of it. */
  readonly #senders = new Map<string, { readonly lines: number; readonly bad: number; readonly atMs: number }>()
  /** The store has said that it takes reports, and nothing has gone wrong since. */
  #isWelcome = false
  #toldWhyNot = ''
  /** Records of reports that are not delivered yet. */
  #waiting: number[] = []
  #reports = 0
  /** The worst that was seen since the report before, also by looks that ended without a report. */
  #worst: Gauges = { lagSeconds: 0, bufferBytes: 0 }

  constructor(readonly options: ReporterOptions) {
    this.#beforeMs = options.clock.monotonicMs()
  }

  start(): void {
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopped.abort(new Error('the reports were stopped'))
    await this.#running?.catch(() => {})
  }

  async #run(): Promise<void> {
    const { clock, everyMs, say } = this.options
    // Who has just started it does not wait long for the first figures.
    for (let waitMs = Math.min(everyMs, firstAfterMs); ; waitMs = everyMs) {
      await clock.sleep(waitMs, this.#stopped.signal)
      await this.report().catch((error: unknown) => say(`reports about the ingestor: ${String(error)}`))
    }
  }

  /** Looks for the canary and writes one report, if it may. */
  async report(): Promise<void> {
    const { canary, delivery, log } = this.options
    this.#look()
    try {
      await canary.readBack()
    } catch (error) {
      this.#look()
      this.#isWelcome = false
      // That the store is away is told by /health.
      if (!(error instanceof InfluxUnreachable)) this.#tell((error as Error).message)
      return
    }
    if (delivery.trouble !== null || log.obstacle !== null) {
      this.#isWelcome = false
      return
    }
    this.#waiting = this.#waiting.filter((sequence) => !delivery.delivered.has(sequence))
    if (this.#waiting.length >= waitingReportsMax) return
    if (!this.#isWelcome && !(await this.#ask())) return
    await this.#write()
  }

  async #ask(): Promise<boolean> {
    const why = await this.options.whyNot()
    this.#isWelcome = why === null
    if (why === null) this.#toldWhyNot = ''
    else this.#tell(why)
    return this.#isWelcome && !this.#stopped.signal.aborted
  }

  async #write(): Promise<void> {
    const { clock, log, bucket, canary } = this.options
    const timeNs = clock.nowNs()
    const atMs = clock.monotonicMs()
    const seconds = Math.max(1e-3, (atMs - this.#beforeMs) / 1000)
    const counts = this.#count()
    const senders = this.#tellOfSenders(atMs, timeNs)
    const points = [
      canaryPoint(timeNs, canary.isFound ? canary.ageSeconds : Number.NaN),
      ...pipelinePoints(this.#before, counts, this.#worst, seconds, timeNs),
      ...senders.map(({ point }) => point),
    ]
    const sequence = await logOwnPoints(log, clock, bucket, points)
    for (const { token, told } of senders) this.#senders.set(token, told)
    this.#waiting.push(sequence)
    this.#before = counts
    this.#beforeMs = atMs
    this.#worst = { lagSeconds: 0, bufferBytes: 0 }
    this.#reports++
  }

  #count(): Counts {
    const { intake, delivery, dropped, letters } = this.options
    const { counters } = intake
    const lost = new Map<string, number>(counters.refused)
    if (delivery.counters.linesRefused > 0) lost.set('refused', delivery.counters.linesRefused)
    if (dropped.lines > 0) lost.set('quota', dropped.lines)
    return {
      lines: counters.linesAccepted + counters.linesQuarantined,
      quarantined: counters.linesQuarantined,
      unavailable: counters.unavailable,
      dropped: lost,
      waiting: new Map(letters.openByReason()),
    }
  }

  #look(): void {
    const { delivery, log, clock } = this.options
    this.#worst = {
      lagSeconds: Math.max(this.#worst.lagSeconds, lagSeconds(delivery, clock.nowNs())),
      bufferBytes: Math.max(this.#worst.bufferBytes, waitingBytes(log.segments, delivery.delivered)),
    }
  }

  #tellOfSenders(atMs: number, timeNs: bigint) {
    const { intake, tokens } = this.options
    const { all } = intake.senders
    for (const token of this.#senders.keys()) if (!all.has(token)) this.#senders.delete(token)
    return [...all].flatMap(([token, traffic]) => {
      const { lines, bad, lastNs } = traffic
      const before = this.#senders.get(token) ?? { lines: 0, bad: 0, atMs: this.#beforeMs }
      const isSilent = this.#senders.has(token) && before.lines === lines && before.bad === bad
      if (isSilent && this.#reports % silentEvery !== 0) return []
      const sender = {
        token,
        name: tokens.nameOf(token) ?? token,
        traffic: { lines, bad, lastNs },
        // One clock for many senders says nothing about any of them.
        clockOffsetSeconds: token === otherSenders ? Number.NaN : traffic.takeClockOffset(),
        budget: intake.budgets.get(token),
      }
      const seconds = Math.max(1e-3, (atMs - before.atMs) / 1000)
      return [{ token, told: { lines, bad, atMs }, point: senderPoint(before, sender, seconds, timeNs) }]
    })
  }

  #tell(why: string): void {
    if (why === this.#toldWhyNot) return
    this.#toldWhyNot = why
    this.options.say(`the ingestor does not report about itself for now: ${why}`)
  }
}

/** How long the oldest reading that is not delivered has been waiting, seconds; 0 when none waits. */
export function lagSeconds(delivery: Delivery, nowNs: bigint): number {
  const oldestNs = delivery.oldestWaitingNs
  return oldestNs === null ? 0 : Math.max(0, Number(nowNs - oldestNs) / 1e9)
}
