import { HttpError, InfluxDB } from '@influxdata/influxdb-client'
import type { Clock } from '../lib/clock.ts'
import type { Target } from './requests.ts'

/** History is sent, and remembered as sent, in stretches of this length that begin at full multiples of it. */
export const stretchMs = 2 * 3_600_000

export const stretchOf = (ms: number): number => Math.floor(ms / stretchMs) * stretchMs

/** The line that says that a stretch has been acknowledged in full (measurement `simulator_progress`). */
export const stretchMark = (run: string, fromMs: number): string =>
  `simulator_progress,run=${run} length_s=${stretchMs / 1000} ${fromMs}\n`

/** A stretch of time of which something has been done in full, [fromMs, toMs). */
export interface Mark {
  readonly fromMs: number
  readonly toMs: number
}

/** Marks of context intervals belong to a name of their own: the plant's, and this. */
const contextRun = (run: string): string => `${run}-context`

/** The line that says that all context intervals that begin in [fromMs, toMs) have been posted. */
export const contextMark = (run: string, fromMs: number, toMs: number): string =>
  `simulator_progress,run=${contextRun(run)} length_s=${(toMs - fromMs) / 1000} ${fromMs}\n`

/** How long a store that does not answer is asked before history is sent anew, which changes nothing and takes longer. */
const askForMs = 60_000

/** What this demo plant has in a store. */
export interface Stored {
  /** Starts of stretches whose points are there. */
  readonly stretches: ReadonlySet<number>
  /** Times whose context intervals have been posted. */
  readonly context: readonly Mark[]
}

/**
 * Asks the store for the marks of this demo plant.
 * @returns none where nobody can be asked: an ingestor alone answers no queries
 */
export async function storedMarks(target: Target, run: string, clock: Clock, signal: AbortSignal): Promise<Stored> {
  const flux = `from(bucket: ${JSON.stringify(target.bucket)})
  |> range(start: 0, stop: ${new Date(Number(clock.nowNs() / 1_000_000n) + stretchMs).toISOString()})
  |> filter(fn: (r) => r._measurement == "simulator_progress" and (r.run == ${JSON.stringify(run)} or r.run == ${JSON.stringify(contextRun(run))}))`
  const api = new InfluxDB({ url: target.url, token: target.token }).getQueryApi(target.org)
  const started = clock.monotonicMs()
  for (let waitMs = 250; ; waitMs = Math.min(waitMs * 2, 5_000)) {
    signal.throwIfAborted()
    try {
      const rows = await api.collectRows<{ readonly _time: string; readonly _value: number; readonly run: string }>(
        flux,
      )
      const lengthMs = (row: { readonly _value: number }): number => Math.round(row._value * 1000)
      return {
        stretches: new Set(
          rows.filter((row) => row.run === run && lengthMs(row) === stretchMs).map((row) => Date.parse(row._time)),
        ),
        context: rows
          .filter((row) => row.run === contextRun(run))
          .map((row) => ({ fromMs: Date.parse(row._time), toMs: Date.parse(row._time) + lengthMs(row) })),
      }
    } catch (error) {
      signal.throwIfAborted()
      const final = error instanceof HttpError && error.statusCode < 500 && error.statusCode !== 429
      if (final || clock.monotonicMs() - started > askForMs) return { stretches: new Set(), context: [] }
      await clock.sleep(waitMs, signal)
    }
  }
}
