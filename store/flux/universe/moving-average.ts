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

/** Values are added in the order of a ring of n places, as InfluxDB does, so that the last digit is the same. */
function means(column: Column, n: number, context: CallContext): Column {
  const values = doublesOf(column)
  const { nulls } = column
  const means = new Float64Array(values.length - n + 1)
  const gaps = new Uint8Array(means.length)
  let anyGap = false
  const addUp = (from: number, to: number): void => {
    for (let i = from; i < to; i++) {
      if (nulls !== null && nulls[i] === 1) continue
      sum += values[i]!
      count++
    }
  }
  let sum = 0
  let count = 0
  let sinceCheck = 0
  for (let last = n - 1; last < values.length; last++) {
    // The ring holds this round's rows in its first places and the round before's in the others.
    const roundStart = last - (last % n)
    sum = 0
    count = 0
    addUp(roundStart, last + 1)
    addUp(last + 1 - n, roundStart)
    if (count > 0) means[last - n + 1] = sum / count
    else {
      gaps[last - n + 1] = 1
      anyGap = true
    }
    sinceCheck += n
    if (sinceCheck > 1_000_000) {
      context.budget.check()
      sinceCheck = 0
    }
  }
  return Column.of('_value', 'float', means, anyGap ? gaps : null)
}
