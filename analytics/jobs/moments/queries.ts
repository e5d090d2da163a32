import { type FluxParameterLike, flux, fluxDateTime, fluxExpression } from '@influxdata/influxdb-client'
import { stateSensor } from '../../../lib/schema/measurements.ts'
import { formatInstantNanos } from '../../../lib/time/instant.ts'
import type { Stretch } from '../job.ts'

/** The measurements that have one field `value` per sensor. */
export const sources = ['machine_signal', 'temperature', 'electricity'] as const

const instant = (ns: bigint): FluxParameterLike => fluxDateTime(formatInstantNanos(ns))

/** A machine's state is a code: its mean says nothing. */
const signals = flux`filter(fn: (r) => (${fluxExpression(
  sources.map((source) => `r._measurement == "${source}"`).join(' or '),
)}) and r._field == "value" and r.sensor != ${stateSensor})`

/** Values per hour over all signals: columns `_time` (the hour's start) and `_value`. Counted by the store: few rows come back. */
export const valuesPerHour = (bucket: string, { startNs, stopNs }: Stretch) => flux`from(bucket: ${bucket})
  |> range(start: ${instant(startNs)}, stop: ${instant(stopNs)})
  |> ${signals}
  |> aggregateWindow(every: 1h, fn: count, createEmpty: false, timeSrc: "_start")
  |> group(columns: ["_time"])
  |> sum()
  |> group()`

/** How many values the hours' points speak for: columns `_time` and `_value`. */
export const summarisedPerHour = (bucket: string, { startNs, stopNs }: Stretch) => flux`from(bucket: ${bucket})
  |> range(start: ${instant(startNs)}, stop: ${instant(stopNs)})
  |> filter(fn: (r) => r._measurement == "moments" and r._field == "count" and r.job == "moments" and r.window == "1h" and r.input == "raw")
  |> group(columns: ["_time"])
  |> sum()
  |> group()`

/** Every value, one table per machine's signal: context tags split a series at each lot, and are put together again. */
export const values = (bucket: string, { startNs, stopNs }: Stretch) => flux`from(bucket: ${bucket})
  |> range(start: ${instant(startNs)}, stop: ${instant(stopNs)})
  |> ${signals}
  |> toFloat()
  |> group(columns: ["_measurement", "_field", "site", "line", "machine", "sensor"])
  |> keep(columns: ["_measurement", "_field", "site", "line", "machine", "sensor", "_time", "_value"])`
