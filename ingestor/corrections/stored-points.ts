import { flux, fluxDateTime, fluxExpression } from '@influxdata/influxdb-client'
import type { DecodedTable } from '../../lib/annotated-csv/decode.ts'
import type { InfluxClient } from '../../lib/influx/client.ts'
import { InfluxRefused } from '../../lib/influx/refused.ts'
import type { FieldValue } from '../../lib/line-protocol/decode.ts'
import { formatInstantNanos } from '../../lib/time/instant.ts'

/** First and last nanosecond that InfluxDB's API takes. */
export const earliestNs = -(2n ** 63n) + 2n
export const latestNs = 2n ** 63n - 2n

/** Values of one field of one series, in order of the store's answer. */
export interface StoredColumn {
  readonly measurement: string
  /** Sorted by name. */
  readonly tags: readonly (readonly [name: string, value: string])[]
  readonly field: string
  readonly timesNs: readonly bigint[]
  readonly values: readonly FieldValue[]
}

/** A stretch of time, its end not included. */
export interface Span {
  readonly fromNs: bigint
  readonly toNs: bigint
}

const rangeOf = ({ fromNs, toNs }: Span) =>
  fluxExpression(
    `range(start: ${fluxDateTime(formatInstantNanos(fromNs)).toString()}, stop: ${fluxDateTime(formatInstantNanos(toNs)).toString()})`,
  )

/**
 * How many values each of some machines has in a stretch; machines without any are missing.
 * @param measurement only of this one
 * @returns null for a bucket that is not there
 */
export async function countValues(
  influx: InfluxClient,
  bucket: string,
  machines: ReadonlySet<string>,
  span: Span,
  measurement?: string,
): Promise<ReadonlyMap<string, number> | null> {
  // Of a few machines these alone are asked for; a list of hundreds would be slower than all.
  const [only] = machines
  const filter =
    machines.size === 1 ? flux`filter(fn: (r) => r.machine == ${only!})` : flux`filter(fn: (r) => exists r.machine)`
  const among = measurement === undefined ? flux`` : flux`|> filter(fn: (r) => r._measurement == ${measurement})`
  const tables = await influx
    .query(flux`from(bucket: ${bucket})
  |> ${rangeOf(span)}
  ${among}
  |> ${filter}
  |> count()
  |> group(columns: ["machine"])
  |> sum()`)
    .catch((error: unknown) => {
      if (error instanceof InfluxRefused && error.status === 404) return null
      throw error
    })
  if (tables === null) return null
  const counts = new Map<string, number>()
  for (const table of tables) {
    const machine = cellsOf(table, 'machine')[0]
    const count = cellsOf(table, '_value')[0]
    if (typeof machine === 'string' && typeof count === 'bigint' && machines.has(machine))
      counts.set(machine, Number(count))
  }
  return counts
}

/** The stretch between the first and the last value of a machine within another one; null when there are none. */
export async function extentOf(
  influx: InfluxClient,
  bucket: string,
  machine: string,
  span: Span,
): Promise<Span | null> {
  const ends = await Promise.all(
    (['first', 'last'] as const).map(async (end) => {
      // One row per series: what follows a selector is no longer answered out of an index.
      const tables = await influx.query(flux`from(bucket: ${bucket})
  |> ${rangeOf(span)}
  |> filter(fn: (r) => r.machine == ${machine})
  |> ${fluxExpression(end)}()`)
      const times = tables.flatMap((table) => cellsOf(table, '_time')).filter((time) => typeof time === 'bigint')
      return times.length === 0 ? null : times.reduce((best, time) => ((end === 'first') === time < best ? time : best))
    }),
  )
  const [first, last] = ends
  return first === undefined || last === undefined || first === null || last === null
    ? null
    : { fromNs: first, toNs: last + 1n }
}

/** All values of one machine in a stretch. Held in memory: choose the stretch by `countValues`. */
export async function readValues(
  influx: InfluxClient,
  bucket: string,
  machine: string,
  span: Span,
): Promise<readonly StoredColumn[]> {
  const selected = flux`from(bucket: ${bucket})
  |> ${rangeOf(span)}
  |> filter(fn: (r) => r.machine == ${machine})`
  const tables = await influx.query(flux`${fluxExpression(selected.toString())}
  |> drop(columns: ["_start", "_stop"])`)
  const columns: StoredColumn[] = []
  const texts = new Set<string>()
  for (const table of tables) {
    if (table.length === 0) continue
    if (table.columns.find(({ label }) => label === '_value')?.type === 'string')
      texts.add(JSON.stringify([keyOf(table, '_measurement'), keyOf(table, '_field')]))
    else columns.push(columnOf(table, (value) => value))
  }
  // CSV knows no empty text, and no carriage return in one: texts are asked for again, with both written out.
  for (const text of texts) {
    const [measurement, field] = JSON.parse(text) as [string, string]
    const written = await influx.query(flux`import "strings"
${fluxExpression(selected.toString())}
  |> filter(fn: (r) => r._measurement == ${measurement} and r._field == ${field})
  |> map(fn: (r) => ({r with _value: "=" + strings.replaceAll(v: strings.replaceAll(v: r._value, t: "\\\\", u: "\\\\\\\\"), t: "\\r", u: "\\\\r")}))
  |> drop(columns: ["_start", "_stop"])`)
    for (const table of written)
      if (table.length > 0)
        columns.push(
          columnOf(table, (value) =>
            String(value ?? '=')
              .slice(1)
              .replace(/\\(.)/gs, (_, letter: string) => (letter === 'r' ? '\r' : letter)),
          ),
        )
  }
  return columns
}

const systemLabels = new Set(['_start', '_stop', '_time', '_value', '_measurement', '_field'])

function columnOf(table: DecodedTable, read: (value: FieldValue | null) => FieldValue | null): StoredColumn {
  const unsigned = table.columns.find(({ label }) => label === '_value')?.type === 'uint'
  const times = cellsOf(table, '_time')
  const timesNs: bigint[] = []
  const values: FieldValue[] = []
  cellsOf(table, '_value').forEach((cell, row) => {
    const timeNs = times[row]
    const value = read(unsigned && typeof cell === 'bigint' ? { uint: cell } : (cell as FieldValue | null))
    if (typeof timeNs !== 'bigint' || value === null) return
    timesNs.push(timeNs)
    values.push(value)
  })
  return {
    measurement: keyOf(table, '_measurement'),
    field: keyOf(table, '_field'),
    tags: table.key.columns
      .filter(({ label }) => !systemLabels.has(label))
      .map(({ label, value }) => [label, String(value ?? '')] as const)
      .filter(([, value]) => value !== '')
      .sort(([a], [b]) => (a < b ? -1 : 1)),
    timesNs,
    values,
  }
}

const cellsOf = (table: DecodedTable, label: string) =>
  table.columns.find((column) => column.label === label)?.cells ?? []
const keyOf = (table: DecodedTable, label: string): string =>
  String(table.key.columns.find((column) => column.label === label)?.value ?? '')
