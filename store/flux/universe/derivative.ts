import { Column } from '../column.ts'
import { FluxError } from '../errors.ts'
import { makeStream } from '../stream.ts'
import { Table } from '../table.ts'
import { define } from './define.ts'
import { difference64, differenceU64, halvesOf, timesOf, unitNsOf } from './time-cells.ts'

interface DerivativeOptions {
  readonly labels: readonly string[]
  readonly timeColumn: string
  readonly unitNs: number
  readonly nonNegative: boolean
  /** What a fall gives when `nonNegative`: 0 instead of null. */
  readonly initialZero: boolean
}

/** Slope between neighbouring points, in the values' unit per `unit`; the first row goes, and rows that repeat a time. */
export const derivative = define({
  package: '',
  name: 'derivative',
  parameters: [
    { name: 'tables', pipe: true },
    { name: 'unit' },
    { name: 'nonNegative' },
    { name: 'columns' },
    { name: 'timeColumn' },
    { name: 'initialZero' },
  ],
  call: (args, context) => {
    const input = args.stream()
    const options: DerivativeOptions = {
      labels: args.optional('columns', args.strings) ?? ['_value'],
      timeColumn: args.optional('timeColumn', args.string) ?? '_time',
      unitNs: unitNsOf(args),
      nonNegative: args.optional('nonNegative', args.bool) ?? false,
      initialZero: args.optional('initialZero', args.bool) ?? false,
    }
    return makeStream(context, 'derivative', function* () {
      for (const table of input.tables()) yield derivativeTable(table, options)
    })
  },
})

export function derivativeTable(table: Table, options: DerivativeOptions): Table {
  const { labels, timeColumn } = options
  const times = halvesOf(timesOf(table, timeColumn, 'derivative'))
  const rows = advancingRows(times)
  const left = rows.subarray(1)
  const columns = table.columns.map((column) => {
    if (!labels.includes(column.label))
      return rows.length === table.length ? column.slice(Math.min(1, table.length), table.length) : column.take(left)
    if (column.type !== 'float' && column.type !== 'int' && column.type !== 'uint')
      throw new FluxError('invalid', `unsupported derivative column type ${column.label}:${column.type}`)
    return slopes(column, rows, times, options)
  })
  return new Table(table.key, columns, left.length)
}

/** Rows whose time is after that of the row before. @throws FluxError when time goes back */
function advancingRows(times: Int32Array): Int32Array {
  const length = times.length / 2
  const rows = new Int32Array(length)
  let count = 0
  for (let i = 0; i < length; i++) {
    const step = i === 0 ? 1 : difference64(times, i - 1, i)
    if (step < 0) throw new FluxError('invalid', 'derivative found out-of-order times in time column')
    if (step > 0) rows[count++] = i
  }
  return rows.subarray(0, count)
}

/** A gap gives a gap and leaves the point before it in place. */
function slopes(column: Column, rows: Int32Array, times: Int32Array, options: DerivativeOptions): Column {
  const { unitNs, nonNegative, initialZero } = options
  const slopes = new Float64Array(Math.max(0, rows.length - 1))
  const nulls = new Uint8Array(slopes.length)
  const rise = riseOf(column)
  let previous = -1
  let gaps = 0
  for (let k = 0; k < rows.length; k++) {
    const i = rows[k]!
    const absent = column.nulls !== null && column.nulls[i] === 1
    if (k > 0) {
      const by = absent || previous === -1 ? Number.NaN : rise(previous, i)
      if (absent || previous === -1 || (nonNegative && by < 0 && !initialZero)) {
        nulls[k - 1] = 1
        gaps++
      } else if (!(nonNegative && by < 0)) slopes[k - 1] = by / (difference64(times, previous, i) / unitNs)
    }
    if (!absent) previous = i
  }
  return Column.of(column.label, 'float', slopes, gaps > 0 ? nulls : null)
}

/** Cell `to` less cell `from`. A difference of ints beyond 64 bits wraps, as InfluxDB's does. */
function riseOf(column: Column): (from: number, to: number) => number {
  const { data } = column
  if (data instanceof Float64Array) return (from, to) => data[to]! - data[from]!
  const halves = halvesOf(column)
  if (column.type === 'uint') return (from, to) => differenceU64(halves, from, to)
  return (from, to) => {
    const by = difference64(halves, from, to)
    return by >= 2 ** 63 ? by - 2 ** 64 : by <= -(2 ** 63) ? by + 2 ** 64 : by
  }
}
