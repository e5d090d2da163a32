import { flux, fluxDateTime, fluxExpression, type ParameterizedQuery } from '@influxdata/influxdb-client'
import { ApiError } from '../../lib/errors.ts'
import { formatInstantNanos } from '../../lib/time/instant.ts'

/** Which points of the quarantine are meant; what is not said means all. */
export interface Selection {
  readonly machine?: string | undefined
  readonly sensor?: string | undefined
  readonly measurement?: string | undefined
  /** Included. */
  readonly fromNs: bigint
  /** Excluded. */
  readonly toNs: bigint
}

/** First and last nanosecond that InfluxDB's API takes. */
export const earliestNs = -(2n ** 63n) + 2n
export const latestNs = 2n ** 63n - 2n

const labels = { measurement: '_measurement', machine: 'machine', sensor: 'sensor' } as const
type Selected = keyof typeof labels

const chosen = (selection: Selection): readonly (readonly [label: string, value: string])[] =>
  (Object.keys(labels) as Selected[]).flatMap((name) => {
    const value = selection[name]
    return value === undefined ? [] : [[labels[name], value] as const]
  })

/** The selected values as Flux: a table per series and field, in order of time. */
export function fluxOf(bucket: string, selection: Selection): ParameterizedQuery {
  const [start, stop] = [selection.fromNs, selection.toNs].map((ns) => fluxDateTime(formatInstantNanos(ns)))
  const filters = chosen(selection).map(([label, value]) => flux`  |> filter(fn: (r) => r[${label}] == ${value})\n`)
  return flux`from(bucket: ${bucket})
  |> range(start: ${start}, stop: ${stop})
${fluxExpression(filters.map(String).join(''))}`
}

/** The selection as the predicate of a delete request; empty for all. @throws ApiError for a value that it cannot hold */
export const deletePredicate = (selection: Selection): string =>
  chosen(selection)
    .map(([label, value]) => {
      if (/["\\\p{Cc}]/u.test(value))
        throw new ApiError('invalid', `"${value}" holds a quote, backslash or control character: no delete can name it`)
      return `${label}="${value}"`
    })
    .join(' AND ')
