import { Column } from '../column.ts'
import { FluxError } from '../errors.ts'
import { makeStream } from '../stream.ts'
import { Table } from '../table.ts'
import { FluxArray } from '../values.ts'
import { columnOf } from './aggregate.ts'
import { define } from './define.ts'

interface HistogramOptions {
  readonly label: string
  readonly upperBoundColumn: string
  readonly countColumn: string
  /** Ascending. */
  readonly bins: Float64Array
  readonly normalize: boolean
}

/** Of every table one row per bin: how many values are at most its bound. */
export const histogram = define({
  package: '',
  name: 'histogram',
  parameters: [
    { name: 'tables', pipe: true },
    { name: 'column' },
    { name: 'upperBoundColumn' },
    { name: 'countColumn' },
    { name: 'bins', required: true },
    { name: 'normalize' },
  ],
  call: (args, context) => {
    const input = args.stream()
    const bins = args.array('bins').elements
    if (bins.length === 0) throw new FluxError('invalid', 'histogram needs at least one bin')
    const options = {
      label: columnOf(args),
      upperBoundColumn: args.optional('upperBoundColumn', args.string) ?? 'le',
      countColumn: args.optional('countColumn', args.string) ?? '_value',
      bins: Float64Array.from(bins as readonly number[]).sort(),
      normalize: args.optional('normalize', args.bool) ?? false,
    }
    return makeStream(context, 'histogram', function* () {
      for (const table of input.tables()) yield histogramTable(table, options)
    })
  },
})

function histogramTable(table: Table, options: HistogramOptions): Table {
  const { label, bins, upperBoundColumn, countColumn, normalize } = options
  const column = table.column(label)
  if (column === undefined) throw new FluxError('invalid', `column "${label}" is missing`)
  if (column.type !== 'float') throw new FluxError('invalid', `column "${label}" must be a float got ${column.type}`)
  const counts = new Float64Array(bins.length)
  const values = column.data as Float64Array
  const { nulls } = column
  let total = 0
  for (let i = 0; i < values.length; i++) {
    if (nulls !== null && nulls[i] === 1) continue
    const bin = binOf(values[i]!, bins)
    if (bin === bins.length)
      throw new FluxError(
        'invalid',
        `found value greater than any bin, ${bin} ${bin} ${sixDigits(values[i]!)} ${sixDigits(bins[bin - 1]!)}`,
      )
    counts[bin]!++
    total++
  }
  for (let i = 1; i < counts.length; i++) counts[i]! += counts[i - 1]!
  if (normalize) for (let i = 0; i < counts.length; i++) counts[i]! /= total
  const keys = table.key.columns.map((key) => Column.constant(key.label, key.type, key.value, bins.length))
  return new Table(
    table.key,
    [...keys, Column.of(upperBoundColumn, 'float', bins), Column.of(countColumn, 'float', counts)],
    bins.length,
  )
}

/** The first bin whose bound is not below the value; beyond the last when there is none, NaN's included. */
function binOf(value: number, bins: Float64Array): number {
  let low = 0
  let high = bins.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (value <= bins[middle]!) high = middle
    else low = middle + 1
  }
  return low
}

const sixDigits = (value: number): string =>
  value === Number.POSITIVE_INFINITY ? '+Inf' : value === Number.NEGATIVE_INFINITY ? '-Inf' : value.toFixed(6)

/** `count` bounds, and +Inf unless `infinity` is false. */
function bounds(
  count: bigint,
  infinity: boolean | undefined,
  start: number,
  next: (bound: number) => number,
): FluxArray {
  if (count < 0n || count > 1_000_000n)
    throw new FluxError('invalid', `count must be between 0 and 1000000, but was ${count}`)
  const elements: number[] = []
  for (let i = 0n, bound = start; i < count; i++, bound = next(bound)) elements.push(bound)
  return new FluxArray(infinity === false ? elements : [...elements, Number.POSITIVE_INFINITY])
}

export const linearBins = define({
  package: '',
  name: 'linearBins',
  parameters: [
    { name: 'start', required: true },
    { name: 'width', required: true },
    { name: 'count', required: true },
    { name: 'infinity' },
  ],
  call: (args) => {
    const width = args.float('width')
    const infinity = args.optional('infinity', args.bool)
    return bounds(args.int('count'), infinity, args.float('start'), (bound) => bound + width)
  },
})

export const logarithmicBins = define({
  package: '',
  name: 'logarithmicBins',
  parameters: [
    { name: 'start', required: true },
    { name: 'factor', required: true },
    { name: 'count', required: true },
    { name: 'infinity' },
  ],
  call: (args) => {
    const factor = args.float('factor')
    const infinity = args.optional('infinity', args.bool)
    return bounds(args.int('count'), infinity, args.float('start'), (bound) => bound * factor)
  },
})
