import { InfluxUnreachable } from '../lib/http/influx-request.ts'
import { InfluxRefused } from '../lib/influx/refused.ts'
import type { Job, JobInput, Stretch } from './jobs/job.ts'
import { stretchesOf, windowStart, windowsTouching } from './jobs/stretches.ts'
import { type Named, NamingPoints } from './named-windows.ts'
import { PastRuns } from './past-runs.ts'
import type { Watermarks } from './watermark.ts'

/** What a run looks at. */
export type Scope =
  | { readonly kind: 'recent'; readonly lookbackHours: number }
  | { readonly kind: 'sweep' }
  /** Whole windows that the range touches, whether or not they are due. */
  | { readonly kind: 'range'; readonly range: Stretch }

export interface RunReport {
  readonly startedNs: bigint
  readonly durationMs: number
  readonly windows: number
  /** Values read. */
  readonly rows: number
  readonly points: number
  /** `ok`, or what went wrong in plain words. */
  readonly outcome: string
  /** Start of the oldest window that ran; null when none did. */
  readonly oldestNs: bigint | null
}

/** What a run adds up. */
interface Counts {
  windows: number
  rows: number
  points: number
  oldestNs: bigint | null
}

export interface JobState {
  /** `waiting`: the store, a bucket or a right is missing; nothing is lost, the next trigger tries again. */
  readonly status: 'idle' | 'running' | 'waiting' | 'failed'
  readonly progress: { readonly windowsDone: number; readonly windows: number } | null
  readonly lastRun: RunReport | null
}

export interface RunnerOptions extends JobInput {
  readonly watermarks: Watermarks
  readonly log: (line: string) => void
  /** Where several machines share the work: whether this one may run the job now. */
  readonly mayRun?: (job: string) => Promise<boolean>
}

/** One job's runs: one at a time, in the order asked for, a trigger that is waiting already not twice. */
export class JobRunner {
  #state: JobState = { status: 'idle', progress: null, lastRun: null }
  #queue: Promise<unknown> = Promise.resolve()
  readonly #waiting = new Map<string, Promise<RunReport | null>>()
  readonly #ended = new AbortController()
  readonly #naming: readonly NamingPoints[]
  readonly #pastRuns = new PastRuns()

  constructor(
    readonly job: Job,
    readonly options: RunnerOptions,
  ) {
    this.#naming = job.triggers.flatMap((trigger) =>
      trigger.kind === 'named' ? [new NamingPoints(job.name, trigger.measurement, options.watermarks)] : [],
    )
  }

  get state(): JobState {
    return this.#state
  }

  /** @returns the run's report; null when it did not run, because the service ends or another machine has the lease */
  request(scope: Scope): Promise<RunReport | null> {
    const id = scope.kind === 'range' ? `range ${scope.range.startNs} ${scope.range.stopNs}` : scope.kind
    const waiting = this.#waiting.get(id)
    if (waiting !== undefined) return waiting
    const run = this.#queue.then(async () => {
      this.#waiting.delete(id)
      return this.#runOnce(scope)
    })
    this.#waiting.set(id, run)
    this.#queue = run.catch(() => {})
    return run
  }

  /** Ends after the stretch at hand; the next start goes on with what is due then. */
  async close(): Promise<void> {
    this.#ended.abort()
    await this.#queue
  }

  async #runOnce(scope: Scope): Promise<RunReport | null> {
    const { job, options } = this
    if (this.#ended.signal.aborted) return null
    if (options.mayRun !== undefined && !(await options.mayRun(job.name))) return null
    const startedNs = options.clock.nowNs()
    const startMs = options.clock.monotonicMs()
    const counts: Counts = { windows: 0, rows: 0, points: 0, oldestNs: null }
    this.#state = { ...this.#state, status: 'running', progress: null }
    let outcome = 'ok'
    let status: JobState['status'] = 'idle'
    try {
      await this.#work(scope, counts)
      if (this.#ended.signal.aborted) outcome = 'stopped with the service before its end; goes on at the next start'
    } catch (error) {
      outcome = error instanceof Error ? error.message : String(error)
      status = isPassing(error) ? 'waiting' : 'failed'
      if (this.#state.lastRun?.outcome !== outcome) options.log(`job ${job.name}: ${outcome}`)
    }
    const report = { startedNs, durationMs: options.clock.monotonicMs() - startMs, ...counts, outcome }
    this.#state = { status, progress: null, lastRun: report }
    await this.#record(report, status)
    return report
  }

  async #work(scope: Scope, counts: Counts): Promise<void> {
    const { job, options } = this
    const nowNs = options.clock.nowNs()
    if (scope.kind === 'range') {
      // A window that has not ended yet has no figures: half an hour must not look like a whole one.
      const ended = windowsTouching(scope.range, job.windowNs).filter((startNs) => startNs + job.windowNs <= nowNs)
      return this.#runWindows(ended, new Set(ended), counts)
    }
    const stopNs = windowStart(nowNs - job.latenessNs, job.windowNs)
    const lookback = scope.kind === 'recent' ? BigInt(scope.lookbackHours) * 3_600_000_000_000n : stopNs
    const startNs = windowStart(stopNs - lookback, job.windowNs)
    // Read before anything runs: what is named by now is in the store by now, so one run is enough for all that names a window.
    const named: (readonly Named[])[] = []
    for (const points of this.#naming) named.push(await points.read(options))
    const { late, corrected } = this.#windowsOf(named.flat(), stopNs)
    const due = startNs < stopNs ? await job.dueIn(options, { startNs, stopNs }) : []
    await this.#runWindows([...due, ...late, ...corrected], corrected, counts)
    if (this.#ended.signal.aborted) return
    for (const [i, points] of this.#naming.entries()) await points.follow(named[i]!, nowNs)
  }

  /** Windows that somebody named, also where their number of values is what it was. Those that have not ended run in their turn. */
  #windowsOf(
    named: readonly Named[],
    stopNs: bigint,
  ): { readonly late: ReadonlySet<bigint>; readonly corrected: ReadonlySet<bigint> } {
    const { job } = this
    const late = new Set<bigint>()
    const corrected = new Set<bigint>()
    for (const { measurement, stretch, timeNs, source } of named) {
      if (source !== '' && !(job.reads as readonly string[]).includes(source)) continue
      for (const startNs of windowsTouching(stretch, job.windowNs)) {
        if (startNs >= stopNs) break
        // What came late was in the store when it was named. A correction also takes values away: it is always followed.
        if (measurement === 'context_change') corrected.add(startNs)
        else if (!this.#pastRuns.hasRunSince(startNs, timeNs)) late.add(startNs)
      }
    }
    return { late, corrected }
  }

  /** @param replaced windows whose points of signals that have no values any more go away */
  async #runWindows(windows: readonly bigint[], replaced: ReadonlySet<bigint>, counts: Counts): Promise<void> {
    const { job, options } = this
    const { influx, buckets, clock } = options
    const stretches = stretchesOf(windows, job.windowNs, job.stretchNsMax)
    const total = new Set(windows).size
    let done = 0
    for (const stretch of stretches) {
      if (this.#ended.signal.aborted) return
      const startMs = clock.monotonicMs()
      this.#state = { ...this.#state, progress: { windowsDone: done, windows: total } }
      const begunNs = clock.nowNs()
      const output = await job.run(options, stretch)
      // Only windows that have values now: where the raw values expired, what was worked out of them stays.
      for (const timeNs of new Set(output.points.map((point) => point.timeNs)))
        if (replaced.has(timeNs)) await influx.delete(buckets.derived, timeNs, timeNs + 1n, job.ownPoints)
      await influx.write(buckets.derived, output.points)
      for (const startNs of windowsTouching(stretch, job.windowNs)) this.#pastRuns.note(startNs, begunNs)
      const length = Number((stretch.stopNs - stretch.startNs) / job.windowNs)
      done += length
      counts.windows += length
      // The newest run first.
      counts.oldestNs = stretch.startNs
      counts.rows += output.rows
      counts.points += output.points.length
      // As long a rest as the work took: at most half of the store is ours, the rest is for who looks and who sends.
      if (done < total)
        await clock.sleep(Math.min(clock.monotonicMs() - startMs, 2_000), this.#ended.signal).catch(() => {})
    }
  }

  async #record(report: RunReport, status: JobState['status']): Promise<void> {
    const { influx, buckets, log } = this.options
    const point = {
      measurement: 'job_run',
      tags: { job: this.job.name },
      fields: {
        duration_ms: report.durationMs,
        rows: BigInt(report.rows),
        points: BigInt(report.points),
        outcome: report.outcome,
      },
      timeNs: report.startedNs,
    }
    await influx.write(buckets.derived, [point]).catch((error: unknown) => {
      // While the store is away the run itself has said so.
      if (status !== 'waiting') log(`job ${this.job.name}: its run could not be recorded: ${String(error)}`)
    })
  }
}

const isPassing = (error: unknown): boolean =>
  error instanceof InfluxUnreachable || (error instanceof InfluxRefused && error.passing)
