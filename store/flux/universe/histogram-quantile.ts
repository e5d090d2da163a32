import { Column } from '../column.ts'
import { FluxError } from '../errors.ts'
import { makeStream } from '../stream.ts'
import { Table } from '../table.ts'
import { oneRow } from './aggregate.ts'
import { define } from './define.ts'

type OnNonmonotonic = 'error' | 'force' | 'drop'

interface Options {
  readonly quantile: number
  readonly countColumn: string
  readonly upperBoundColumn: string
  readonly minValue: number
  readonly onNonmonotonic: OnNonmonotonic
}

/** A quantile out of a cumulative histogram, linear inside a bin. */
export const histogramQuantile = define({
  package: '',
  name: 'histogramQuantile',
  parameters: [
    { name: 'tables', pipe: true },
    { name: 'quantile' },
    { name: 'countColumn' },
    { name: 'upperBoundColumn' },
    { name: 'valueColumn' },
    { name: 'minValue' },
    { name: 'onNonmonotonic' },
  ],
  call: (args, context) => {
    const input = args.stream()
    const onNonmonotonic = args.optional('onNonmonotonic', args.string) ?? 'error'
    if (onNonmonotonic !== 'error' && onNonmonotonic !== 'force' && onNonmonotonic !== 'drop')
      throw new FluxError(
        'invalid',
        'value provided to histogramQuantile parameter onNonmonotonic is invalid; must be one of "error", "force" or "drop"',
      )
    const valueColumn = args.optional('valueColumn', args.string) ?? '_value'
    const options: Options = {
      quantile: args.float('quantile'),
      countColumn: args.optional('countColumn', args.string) ?? '_value',
      upperBoundColumn: args.optional('upperBoundColumn', args.string) ?? 'le',
      minValue: args.optional('minValue', args.float) ?? 0,
      onNonmonotonic,
    }
    return makeStream(context, 'histogramQuantile', function* () {
      for (const table of input.tables()) {
        const value = quantileOf(bucketsOf(table, options), options)
        const schema = [...table.key.columns, { label: valueColumn, type: 'float' as const }]
        if (value === undefined) yield Table.empty(table.key, schema)
        else yield oneRow(table, [Column.constant(valueColumn, 'float', value, 1)])
      }
    })
  },
})

interface Bucket {
  readonly bound: number
  count: number
}

/** By bound, ascending. */
function bucketsOf(table: Table, { countColumn, upperBoundColumn }: Options): Bucket[] {
  const counts = floatColumn(table, countColumn, 'count')
  const bounds = floatColumn(table, upperBoundColumn, 'upper bound')
  const buckets: Bucket[] = []
  for (let i = 0; i < table.length; i++) {
    const count = counts.at(i)
    const bound = bounds.at(i)
    if (count === null) throw new FluxError('invalid', 'unexpected null in the countColumn')
    if (bound === null) throw new FluxError('invalid', 'unexpected null in the upperBoundColumn')
    buckets.push({ bound: bound as number, count: count as number })
  }
  return buckets.sort((a, b) => (a.bound < b.bound ? -1 : a.bound > b.bound ? 1 : 0))
}

function floatColumn(table: Table, label: string, what: string): Column {
  const column = table.column(label)
  if (column === undefined) throw new FluxError('invalid', `table is missing ${what} column "${label}"`)
  if (column.type !== 'float') throw new FluxError('invalid', `${what} column "${label}" must be of type float`)
  return column
}

/** null without a count; undefined when the histogram is to be dropped. */
function quantileOf(buckets: readonly Bucket[], options: Options): number | null | undefined {
  const last = buckets.at(-1)
  if (last === undefined) throw new FluxError('invalid', 'histogram is empty')
  if (!isMonotonic(buckets, options.onNonmonotonic === 'force')) {
    if (options.onNonmonotonic === 'drop') return undefined
    throw new FluxError('invalid', 'histogram records counts are not monotonic')
  }
  if (last.count === 0) return null
  const rank = options.quantile * last.count
  const at = buckets.findLastIndex(({ count }) => rank >= count)
  if (at === buckets.length - 1) return last.bound
  const lower = at === -1 ? { bound: options.minValue, count: 0 } : buckets[at]!
  const upper = buckets[at + 1]!
  if (rank === lower.count) return lower.bound
  if (lower.bound === Number.NEGATIVE_INFINITY) return upper.bound
  if (upper.bound === Number.POSITIVE_INFINITY) return lower.bound
  return lower.bound + (upper.bound - lower.bound) * ((rank - lower.count) / (upper.count - lower.count))
}

/** @param force raises a count that falls to the one before it */
function isMonotonic(buckets: readonly Bucket[], force: boolean): boolean {
  let before = 0
  for (const bucket of buckets) {
    if (bucket.count >= before) before = bucket.count
    else if (force) bucket.count = before
    else return false
  }
  return true
}
