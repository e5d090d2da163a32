import type { Clock } from '../../lib/clock.ts'
import { type InfluxAt, InfluxRequests } from '../../lib/http/influx-request.ts'
import type { Delivery } from '../delivery/delivery.ts'
import type { DurableLog } from '../log/log.ts'
import { LogUnavailable } from '../log/unavailable.ts'
import { logOwnPoints } from '../own-points.ts'
import { whyNotReport } from '../reports/may-report.ts'
import type { LateReadings } from './late-readings.ts'

export interface LateMarksOptions {
  readonly late: LateReadings
  readonly log: DurableLog
  readonly delivery: Delivery
  /** Where marks go: the derived one. */
  readonly bucket: string
  readonly everyMs: number
  readonly clock: Clock
  readonly say: (line: string) => void
}

/** A store that takes longer is asked again the next time. */
const patienceMs = 10_000

/**
 * Writes `late_arrival`: by the log, like any reading, and only while the store takes points for its bucket, so that a mark holds
 * up nothing. What cannot be marked yet waits.
 */
export class LateMarks {
  readonly #stopped = new AbortController()
  #running: Promise<void> | null = null
  #told = ''

  /** @param whyNot why the store would take no mark, null when it would */
  constructor(
    readonly options: LateMarksOptions,
    readonly whyNot: () => Promise<string | null>,
  ) {}

  start(): void {
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopped.abort(new Error('the marks of late readings were stopped'))
    await this.#running?.catch(() => {})
  }

  async #run(): Promise<void> {
    const { clock, everyMs } = this.options
    for (;;) {
      await clock.sleep(everyMs, this.#stopped.signal)
      await this.write().catch((error: unknown) => this.#tell(error instanceof Error ? error.message : String(error)))
    }
  }

  /** Marks what came late since, if it may. Marks reach the store one after the other: jobs follow them in the order of their times. */
  async write(): Promise<void> {
    const { late, log, delivery, clock, bucket } = this.options
    if (late.isEmpty || !delivery.delivered.has(late.markSequence)) return
    // Told by /health.
    if (delivery.trouble !== null || log.obstacle !== null) return
    const why = await this.whyNot()
    if (this.#stopped.signal.aborted) return
    if (why !== null) {
      this.#tell(why)
      return
    }
    this.#told = ''
    try {
      late.marked(await logOwnPoints(log, clock, bucket, late.takeMarks()))
    } catch (error) {
      late.notMarked()
      if (!(error instanceof LogUnavailable)) throw error
    }
  }

  #tell(why: string): void {
    if (why === this.#told) return
    this.#told = why
    this.options.say(`readings that came late are not marked for now, so jobs may miss some: ${why}`)
  }
}

/** Starts them, over a connection of their own. */
export function startLateMarks(options: LateMarksOptions & { readonly influx: InfluxAt }): {
  readonly stop: () => Promise<void>
} {
  const { influx, bucket } = options
  const requests = new InfluxRequests(influx, patienceMs, 1)
  const marks = new LateMarks(options, () => whyNotReport(requests, influx.org, bucket))
  marks.start()
  return {
    async stop() {
      const stopping = marks.stop()
      requests.close()
      await stopping
    },
  }
}
