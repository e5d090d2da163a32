import { HttpError, InfluxDB } from '@influxdata/influxdb-client'
import type { Clock } from '../lib/clock.ts'
import type { Target } from './write-client.ts'

/** History is sent, and remembered as sent, in stretches of this length that begin at full multiples of it. */
export const stretchMs = 2 * 3_600_000

export const stretchOf = (ms: number): number => Math.floor(ms / stretchMs) * stretchMs

/** The line that says that a stretch has been acknowledged in full (measurement `simulator_progress`). */
export const stretchMark = (run: string, fromMs: number): string =>
  `simulator_progress,run=${run} length_s=${stretchMs / 1000} ${fromMs}\n`

/** How long a store that does not answer is asked before history is sent anew, which changes nothing and takes longer. */
const askForMs = 60_000

/**
 * Starts of the stretches that the store has from this demo plant.
 * @returns an empty set where nobody can be asked: an ingestor alone answers no queries
 */
export async function storedStretches(
  target: Target,
  run: string,
  fromMs: number,
  toMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<ReadonlySet<number>> {
  const flux = `from(bucket: ${JSON.stringify(target.bucket)})
  |> range(start: ${new Date(fromMs).toISOString()}, stop: ${new Date(toMs).toISOString()})
  |> filter(fn: (r) => r._measurement == "simulator_progress" and r.run == ${JSON.stringify(run)})`
  const api = new InfluxDB({ url: target.url, token: target.token }).getQueryApi(target.org)
  const started = clock.monotonicMs()
  for (let waitMs = 250; ; waitMs = Math.min(waitMs * 2, 5_000)) {
    signal.throwIfAborted()
    try {
      const rows = await api.collectRows<{ readonly _time: string; readonly _value: number }>(flux)
      return new Set(rows.filter((row) => row._value * 1000 === stretchMs).map((row) => Date.parse(row._time)))
    } catch (error) {
      signal.throwIfAborted()
      const final = error instanceof HttpError && error.statusCode < 500 && error.statusCode !== 429
      if (final || clock.monotonicMs() - started > askForMs) return new Set()
      await clock.sleep(waitMs, signal)
    }
  }
}
