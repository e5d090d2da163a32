import { Column } from '../column.ts'
import { FluxError } from '../errors.ts'
import { makeStream } from '../stream.ts'
import type { Table } from '../table.ts'
import { type CallContext, define } from './define.ts'
import { doublesOf } from './number-cells.ts'
import { numericValue } from './number-column.ts'

/**
 * Mean of the last n rows, from row n on; a gap takes a place but does not count. Of fewer rows InfluxDB makes two tables: one
 * without rows, and one with the last row and the mean of what is there.
 */
export const movingAverage = define({
  package: '',
  name: 'movingAverage',
  parameters: [
    { name: 'tables', pipe: true },
    { name: 'n', required: true },
  ],
  call: (args, context) => {
    const input = args.stream()
    const n = args.int('n')
    if (n <= 0n)
      throw new FluxError('invalid', `cannot take moving average with a period of ${n} (must be greater than 0)`)
    return makeStream(context, 'movingAverage', function* () {
      for (const table of input.tables()) yield* averaged(table, Number(n), context)
    })
  },
})

function* averaged(table: Table, n: number, context: CallContext): Iterable<Table> {
  const value = numericValue(table, 'moving average')
  if (table.length === 0 || table.length < n) {
    yield withValue(table.slice(0, 0), Column.of('_value', 'float', new Float64Array(0)))
    if (table.length === 0) return
    const rest = table.slice(table.length - 1, table.length)
    yield withValue(rest, means(value, table.length, context))
  } else yield withValue(table.slice(n - 1, table.length), means(value, n, context))
}

const withValue = (table: Table, value: Column): Table =>
  table.with(table.columns.map((column) => (column.label === '_value' ? value : column)))

/**
 * Values are added in the order of a ring of n places, as InfluxDB does, so that the last digit is the same: this round's rows
 * stand in the first places, the round before's in the others.
 */
function means(column: Column, n: number, context: CallContext): Column {
  const { nulls } = column
  const values = nulls === null ? doublesOf(column) : withZeros(doublesOf(column), nulls)
  const sums = new Float64Array(values.length - n + 1)
  let roundSum = 0
  let sinceCheck = 0
  for (let last = 0; last < values.length; last++) {
    const roundStart = last - (last % n)
    roundSum = (last === roundStart ? 0 : roundSum) + values[last]!
    if (last < n - 1) continue
    let sum = roundSum
    for (let i = last + 1 - n; i < roundStart; i++) sum += values[i]!
    sums[last - n + 1] = sum
    sinceCheck += n
    if (sinceCheck > 10_000_000) {
      context.budget.check()
      sinceCheck = 0
    }
  }
  return Column.of('_value', 'float', ...divided(sums, nulls, n))
}

/** Sums of n rows each, by how many of the rows are no gaps; and which of them are gaps only. */
function divided(sums: Float64Array, nulls: Uint8Array | null, n: number): [Float64Array, Uint8Array | null] {
  if (nulls === null) return [sums.map((sum) => sum / n), null]
  const gaps = new Uint8Array(sums.length)
  let present = 0
  for (let last = 0; last < nulls.length; last++) {
    present += 1 - nulls[last]!
    if (last >= n) present -= 1 - nulls[last - n]!
    if (last < n - 1) continue
    if (present === 0) gaps[last - n + 1] = 1
    else sums[last - n + 1]! /= present
  }
  return [sums, gaps]
}

const withZeros = (values: Float64Array, nulls: Uint8Array): Float64Array =>
  values.map((value, i) => (nulls[i] === 1 ? 0 : value))
