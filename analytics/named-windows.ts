import { flux, fluxDateTime } from '@influxdata/influxdb-client'
import type { DecodedTable } from '../lib/annotated-csv/decode.ts'
import { formatInstantNanos } from '../lib/time/instant.ts'
import type { JobInput, Stretch } from './jobs/job.ts'
import type { Watermarks } from './watermark.ts'

/** Who names windows that must run again. */
export type NamingMeasurement = 'late_arrival' | 'context_change'

/** One point that names a stretch of time. */
export interface Named {
  readonly measurement: NamingMeasurement
  /** Equal for equal points. */
  readonly id: string
  /** The point's own time: when the stretch was named. */
  readonly timeNs: bigint
  readonly stretch: Stretch
  /** The measurement that is touched; empty where the point does not tell. */
  readonly source: string
}

/**
 * Points that are this much older than now are taken to be there, nanoseconds: a younger one may still come to be seen behind
 * one that is newer (a request that is half stored, a second ingestor).
 */
const overtakenNs = 120_000_000_000n
/** The last instant that InfluxDB takes; without it the store would leave out what a clock that is ahead has named. */
const latestNs = 2n ** 63n - 2n

/** Follows the points of one measurement for one job. What was followed before a start is followed again for `overtakenNs`. */
export class NamingPoints {
  /** Times of the points that were followed and will be read again. */
  readonly #followed = new Map<string, bigint>()

  constructor(
    readonly job: string,
    readonly measurement: NamingMeasurement,
    readonly watermarks: Watermarks,
  ) {}

  /** Those that were not followed yet, as far as they are in the store now. */
  async read({ influx, buckets }: JobInput): Promise<readonly Named[]> {
    const sinceNs = this.watermarks.sinceNs(this.job, this.measurement)
    const tables = await influx.query(flux`from(bucket: ${buckets.derived})
  |> range(start: ${fluxDateTime(formatInstantNanos(sinceNs))}, stop: ${fluxDateTime(formatInstantNanos(latestNs))})
  |> filter(fn: (r) => r._measurement == ${this.measurement} and (r._field == "from_ns" or r._field == "to_ns"))`)
    return namedBy(this.measurement, tables).filter(({ id }) => !this.#followed.has(id))
  }

  /** Call when what they name has run. */
  async follow(named: readonly Named[], nowNs: bigint): Promise<void> {
    let newestNs: bigint | null = null
    for (const { id, timeNs } of named) this.#followed.set(id, timeNs)
    for (const timeNs of this.#followed.values()) if (newestNs === null || timeNs > newestNs) newestNs = timeNs
    if (newestNs === null) return
    const upToNs = newestNs < nowNs - overtakenNs ? newestNs : nowNs - overtakenNs
    if (upToNs < this.watermarks.sinceNs(this.job, this.measurement)) return
    await this.watermarks.moveTo(this.job, this.measurement, upToNs)
    for (const [id, timeNs] of this.#followed) if (timeNs <= upToNs) this.#followed.delete(id)
  }
}

/** Two fields of one point come in two tables; they are put together by the point's time and tags. Half a name names nothing. */
function namedBy(measurement: NamingMeasurement, tables: readonly DecodedTable[]): readonly Named[] {
  const halves = new Map<string, { timeNs: bigint; source: string; startNs?: bigint; stopNs?: bigint }>()
  for (const table of tables) {
    const at = (label: string, row: number) => table.columns.find((one) => one.label === label)?.cells[row] ?? null
    const tags = table.key.columns
      .filter(({ label }) => !label.startsWith('_'))
      .map(({ label, value }) => [label, String(value)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1))
    const source = tags.find(([label]) => label === 'source')?.[1] ?? ''
    for (let row = 0; row < table.length; row++) {
      const timeNs = at('_time', row)
      const value = at('_value', row)
      if (typeof timeNs !== 'bigint' || typeof value !== 'bigint') continue
      const id = JSON.stringify([String(timeNs), tags])
      let half = halves.get(id)
      if (half === undefined) halves.set(id, (half = { timeNs, source }))
      if (at('_field', row) === 'from_ns') half.startNs = value
      else half.stopNs = value
    }
  }
  return [...halves].flatMap(([id, { timeNs, source, startNs, stopNs }]) =>
    startNs !== undefined && stopNs !== undefined && startNs < stopNs
      ? [{ measurement, id, timeNs, source, stretch: { startNs, stopNs } }]
      : [],
  )
}
