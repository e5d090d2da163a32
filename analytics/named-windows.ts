import { flux, fluxDateTime } from '@influxdata/influxdb-client'
import type { DecodedTable } from '../lib/annotated-csv/decode.ts'
import { formatInstantNanos } from '../lib/time/instant.ts'
import type { JobInput, Stretch } from './jobs/job.ts'

/** Who names windows that must run again. */
export type NamingMeasurement = 'late_arrival' | 'context_change'

/**
 * The spans that points of one measurement name, and the time of the newest of them.
 * @param sinceNs only points from here on: what was named before has run
 */
export async function namedSpans(
  { influx, buckets }: JobInput,
  measurement: NamingMeasurement,
  sinceNs: bigint,
): Promise<{ readonly spans: readonly Stretch[]; readonly newestNs: bigint | null }> {
  const tables = await influx.query(flux`from(bucket: ${buckets.derived})
  |> range(start: ${fluxDateTime(formatInstantNanos(sinceNs))})
  |> filter(fn: (r) => r._measurement == ${measurement} and (r._field == "from_ns" or r._field == "to_ns"))`)
  return pairsOf(tables)
}

/** Two fields of one point come in two tables; they are put together by the point's time and tags. */
export function pairsOf(tables: readonly DecodedTable[]): {
  readonly spans: readonly Stretch[]
  readonly newestNs: bigint | null
} {
  const halves = new Map<string, { startNs?: bigint; stopNs?: bigint }>()
  let newestNs: bigint | null = null
  for (const table of tables) {
    const at = (label: string, row: number) => table.columns.find((one) => one.label === label)?.cells[row] ?? null
    const tags = table.key.columns
      .filter(({ label }) => !label.startsWith('_'))
      .map(({ label, value }) => [label, String(value)])
      .sort()
    for (let row = 0; row < table.length; row++) {
      const timeNs = at('_time', row)
      const value = at('_value', row)
      if (typeof timeNs !== 'bigint' || typeof value !== 'bigint') continue
      const id = JSON.stringify([String(timeNs), tags])
      const half = halves.get(id) ?? {}
      halves.set(id, at('_field', row) === 'from_ns' ? { ...half, startNs: value } : { ...half, stopNs: value })
      if (newestNs === null || timeNs > newestNs) newestNs = timeNs
    }
  }
  const spans = [...halves.values()].filter(
    (span): span is { startNs: bigint; stopNs: bigint } =>
      span.startNs !== undefined && span.stopNs !== undefined && span.startNs < span.stopNs,
  )
  return { spans, newestNs }
}
