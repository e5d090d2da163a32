import { buckets } from '../lib/schema/buckets.ts'
import { definitionOf, type FieldName, type MeasurementName, type TagOf } from '../lib/schema/measurements.ts'
import { wholeCourse } from '../lib/schema/whole-course.ts'

/** The hidden variable with the site's time zone: days and shifts are the site's, not UTC's. */
export const siteZone = 'site_zone'

/** Begins a script that counts by the site's days. `dayStart` is the midnight before the end of the chosen time range. */
export const bySiteDay = `import "date"
import "timezone"
option location = timezone.location(name: \${${siteZone}:doublequote})
dayStart = date.truncate(t: date.sub(d: 1s, from: v.timeRangeStop), unit: 1d)
`

/** Begins a script that asks what is going on at the end of the chosen time range; older readings say nothing about now. */
export const nowFrom = `import "date"
nowFrom = date.sub(d: 15m, from: v.timeRangeStop)
`

/** Begins a script of hourly bars: the first bar is a whole hour too, and all are equally wide. */
export const byFullHour = `import "date"
firstHour = date.truncate(t: v.timeRangeStart, unit: 1h)
`

/** Where a reading begins: the whole chosen range, the site's day, or the last quarter of an hour of it. */
export type Since = 'v.timeRangeStart' | 'dayStart' | 'nowFrom' | 'firstDay' | 'firstHour'

interface Reading<M extends MeasurementName> {
  readonly field?: FieldName<M> | readonly FieldName<M>[]
  /** Tag → the one value, or `$variable` for what is chosen. */
  readonly where?: { readonly [T in TagOf<M>]?: string }
  readonly since?: Since
}

/** Begins to read a measurement, with names that the compiler checks against lib/schema. */
export function read<M extends MeasurementName>(
  measurement: M,
  { field, where = {}, since = 'v.timeRangeStart' }: Reading<M>,
): string {
  const { bucket } = definitionOf(measurement)
  const fields = field === undefined ? [] : [field].flat()
  const conditions = [
    `r._measurement == ${JSON.stringify(measurement)}`,
    ...(fields.length === 0 ? [] : [anyOf(fields.map((name) => `r._field == ${JSON.stringify(name)}`))]),
    ...Object.entries(where as Record<string, string>).map(([tag, value]) =>
      value.startsWith('$') ? `r.${tag} =~ /^\${${value.slice(1)}:regex}$/` : `r.${tag} == ${JSON.stringify(value)}`,
    ),
  ]
  // The raw bucket's name can be set, so it is the datasource's own.
  const from = bucket === 'raw' ? 'v.defaultBucket' : JSON.stringify(buckets[bucket].name)
  return `from(bucket: ${from})
  |> range(start: ${since}, stop: v.timeRangeStop)
  |> filter(fn: (r) => ${conditions.join(' and ')})`
}

const anyOf = (conditions: readonly string[]): string =>
  conditions.length === 1 ? conditions[0]! : `(${conditions.join(' or ')})`

/** One value per window; windows without a reading have none. @param every a length of time, or `v.windowPeriod` */
export const windows = (
  every: string,
  fn: 'mean' | 'sum' | 'count' | 'last' | 'max',
  { empty = false, at = '_start' }: { readonly empty?: boolean; readonly at?: '_start' | '_stop' } = {},
): string => `\n  |> aggregateWindow(every: ${every}, fn: ${fn}, createEmpty: ${empty}, timeSrc: "${at}")`

/** Begins a script of energy by the site's days. */
export const energyBySiteDay = `import "contrib/tomhollingworth/events"
${bySiteDay}`

/**
 * Turns kW readings into kWh, each minute with a reading at its begin: a minute's mean holds until the next minute with a
 * reading, not beyond the chosen time, and at most until 15 minutes (as with "now") after its own end. So slow meters count
 * like fast ones, even when their quarters wobble, and a longer silence counts for nothing. Needs `energyBySiteDay`.
 */
export const energy = `${wholeCourse()}${windows('1m', 'mean')}
  |> events.duration(unit: 1ms, columnName: "held", stop: v.timeRangeStop)
  |> map(fn: (r) => ({r with _value: r._value * (if r.held > 960000 then 960000.0 else float(v: r.held)) / 3600000.0}))`

export const byMachine = '\n  |> group(columns: ["machine"])'
export const together = '\n  |> group()'

/** Takes away what would else become part of a legend's name. */
export const keep = (...columns: readonly string[]): string => `\n  |> keep(columns: ${JSON.stringify(columns)})`
