import type { Arguments } from '../arguments.ts'
import { Column } from '../column.ts'
import { FluxError } from '../errors.ts'
import { compareCells } from '../group-key.ts'
import { makeStream, type TableStream } from '../stream.ts'
import { Table } from '../table.ts'
import { type Aggregate, aggregateStream, columnOf } from './aggregate.ts'
import { type CallContext, define } from './define.ts'
import { presentCells, presentDoubles } from './number-cells.ts'
import { tDigestQuantile } from './t-digest.ts'

/** @param q 0 … 1 */
export const tDigestAggregate = (q: number, compression = 1000): Aggregate => ({
  name: 'quantile',
  resultType: (input) => (input === 'float' || input === 'int' || input === 'uint' ? 'float' : null),
  compute: (column, from, to) => {
    const values = presentDoubles(column, from, to)
    return values.length === 0 ? null : tDigestQuantile(values, q, compression)
  },
})

/** Linear between the two values next to q·(n − 1). */
export const exactMeanAggregate = (q: number): Aggregate => ({
  name: 'quantile',
  resultType: (input) => (input === 'float' ? 'float' : null),
  compute: (column, from, to) => {
    const values = presentDoubles(column, from, to)
    if (values.length === 0) return null
    const sorted = nanFirst(values.slice().sort())
    const x = q * (sorted.length - 1)
    const below = Math.floor(x)
    const above = Math.ceil(x)
    return below === above ? sorted[below]! : sorted[below]! * (above - x) + sorted[above]! * (x - below)
  },
})

/** InfluxDB sorts NaN below all numbers, typed arrays above. */
function nanFirst(sorted: Float64Array): Float64Array {
  let numbers = sorted.length
  while (numbers > 0 && Number.isNaN(sorted[numbers - 1]!)) numbers--
  if (numbers === sorted.length) return sorted
  const moved = new Float64Array(sorted.length).fill(Number.NaN)
  moved.set(sorted.subarray(0, numbers), sorted.length - numbers)
  return moved
}

/** The row with the value of rank ⌈q·n⌉, by `_value` whatever `column` says; a row of nulls when there is none. */
export function quantileRow(table: Table, q: number): Table {
  const column = table.column('_value')
  if (column === undefined) throw new FluxError('invalid', 'no column "_value" exists')
  const row = column.type === 'string' ? rowOfText(column, q) : rowOfNumber(column, q)
  return row === -1 ? rowOfNulls(table) : table.slice(row, row + 1)
}

/** Counted from 0, of `count` values in order. */
const rankOf = (q: number, count: number): number => Math.max(0, Math.ceil(q * count) - 1)

function rowOfText(column: Column, q: number): number {
  const rows: number[] = []
  for (let i = 0; i < column.length; i++) if (!column.isNull(i)) rows.push(i)
  rows.sort((a, b) => compareCells(column.at(a), column.at(b)))
  return rows[rankOf(q, rows.length)] ?? -1
}

/** Values are sorted without their rows; of rows with the value found, the one that a stable sort would leave at the rank. */
function rowOfNumber(column: Column, q: number): number {
  const sorted = presentCells(column).slice().sort() as Float64Array
  if (sorted.length === 0) return -1
  const rank = rankOf(q, sorted.length)
  const value = sorted[rank]!
  let first = rank
  while (first > 0 && isSame(sorted[first - 1]!, value)) first--
  const data = column.data as Float64Array
  let left = rank - first
  for (let i = 0; i < data.length; i++) if (isSame(data[i]!, value) && !column.isNull(i) && left-- === 0) return i
  return -1
}

/** NaN is the same as NaN, and 0 as −0. */
const isSame = (a: number, b: number): boolean => a === b || (Number.isNaN(a) && Number.isNaN(b))

function rowOfNulls(table: Table): Table {
  const columns = table.columns.map(({ label, type }) =>
    Column.constant(label, type, table.key.column(label)?.value ?? null, 1),
  )
  return new Table(table.key, columns, 1)
}

function quantileStream(q: number, args: Arguments, context: CallContext): TableStream {
  const input = args.stream()
  const method = args.optional('method', args.string) ?? 'estimate_tdigest'
  const compression = args.optional('compression', args.float) ?? 0
  if (!(q >= 0 && q <= 1)) throw new FluxError('invalid', 'quantile must be between 0 and 1')
  if (compression > 0 && method !== 'estimate_tdigest')
    throw new FluxError('invalid', 'compression parameter is only valid for method estimate_tdigest')
  if (compression < 0) throw new FluxError('invalid', 'compression must not be negative')
  switch (method) {
    case 'estimate_tdigest':
      return aggregateStream(input, columnOf(args), tDigestAggregate(q, compression || undefined), context)
    case 'exact_mean':
      return aggregateStream(input, columnOf(args), exactMeanAggregate(q), context)
    case 'exact_selector':
      return makeStream(context, 'quantile', function* () {
        for (const table of input.tables()) yield quantileRow(table, q)
      })
    default:
      throw new FluxError('invalid', `unknown method ${method}`)
  }
}

const options = [{ name: 'column' }, { name: 'method' }, { name: 'compression' }]

export const quantile = define({
  package: '',
  name: 'quantile',
  parameters: [{ name: 'tables', pipe: true }, { name: 'q', required: true }, ...options],
  call: (args, context) => quantileStream(args.float('q'), args, context),
})

export const median = define({
  package: '',
  name: 'median',
  parameters: [{ name: 'tables', pipe: true }, ...options],
  call: (args, context) => quantileStream(0.5, args, context),
})
