import { Column } from '../column.ts'
import { FluxError } from '../errors.ts'
import { makeStream, type TableStream } from '../stream.ts'
import type { Table } from '../table.ts'
import { type Builtin, define } from './define.ts'
import { inMapOrder } from './map-order.ts'
import { doublesOf } from './number-cells.ts'
import { numericValue } from './number-column.ts'

/** Values with their gaps: NaN may be a value. */
interface Series {
  readonly values: Float64Array
  readonly nulls: Uint8Array | null
}

/**
 * Seeded with the mean of the first n, then α = 2/(n + 1); a gap repeats what was last. n − 1 values shorter than its input; empty
 * when there are fewer than n.
 */
export function exponentialAverage({ values, nulls }: Series, n: number): Series {
  const averages = new Float64Array(Math.max(0, values.length - n + 1))
  const gaps = new Uint8Array(averages.length)
  const alpha = 2 / (n + 1)
  let average = 0
  let count = 0
  let anyGap = false
  for (let i = 0; i < values.length; i++) {
    if (nulls === null || nulls[i] !== 1) {
      if (i < n) average += values[i]!
      else average = count === 0 ? values[i]! : values[i]! * alpha + average * (1 - alpha)
      count++
    }
    if (i === n - 1 && count > 0) average /= count
    if (i < n - 1) continue
    averages[i - n + 1] = average
    if (count === 0) {
      gaps[i - n + 1] = 1
      anyGap = true
    }
  }
  return { values: averages, nulls: anyGap ? gaps : null }
}

/** As a table: from row n on; of fewer rows the last one, with the mean of all. */
function averagedTable(table: Table, n: number): Table {
  const value = numericValue(table, 'exponential moving average')
  const rows = Math.min(n, table.length)
  const average = exponentialAverage({ values: doublesOf(value), nulls: value.nulls }, Math.max(rows, 1))
  const kept = table.slice(Math.max(rows - 1, 0), table.length)
  return kept.with(kept.columns.map((column) => (column.label === '_value' ? floatsOf('_value', average) : column)))
}

const floatsOf = (label: string, { values, nulls }: Series): Column => Column.of(label, 'float', values, nulls)

const averagingFunction = (name: string, tablesOf: (input: TableStream, n: number) => Iterable<Table>): Builtin =>
  define({
    package: '',
    name,
    parameters: [
      { name: 'tables', pipe: true },
      { name: 'n', required: true },
    ],
    call: (args, context) => {
      const input = args.stream()
      const n = args.int('n')
      return makeStream(context, name, function* () {
        if (n <= 0n)
          throw new FluxError('invalid', `cannot take moving average with a period of ${n} (must be greater than 0)`)
        yield* tablesOf(input, Number(n))
      })
    },
  })

export const exponentialMovingAverage = averagingFunction('exponentialMovingAverage', function* (input, n) {
  for (const table of input.tables()) yield averagedTable(table, n)
})

/** Averages of averages: of every row the first, the second … average there. */
function repeatedly(
  table: Table,
  n: number,
  times: number,
): { readonly last: Table; readonly averages: readonly Column[] } {
  let last = table
  let averages: Column[] = []
  for (let k = 0; k < times; k++) {
    const next = averagedTable(last, n)
    const skipped = last.length - next.length
    averages = averages.map((column) => column.slice(skipped, column.length))
    averages.push(next.column('_value')!)
    last = next
  }
  return { last, averages }
}

/** Σ weight · average; null where one of them is. */
function combined(averages: readonly Column[], weights: readonly number[]): Column {
  const { length } = averages[0]!
  const values = new Float64Array(length)
  const gaps = new Uint8Array(length)
  for (let i = 0; i < length; i++) {
    let sum = 0
    for (let k = 0; k < averages.length; k++) {
      const average = averages[k]!
      if (average.isNull(i)) gaps[i] = 1
      const term = weights[k]! * (average.data as Float64Array)[i]!
      sum = k === 0 ? term : sum + term
    }
    values[i] = sum
  }
  return Column.of('_value', 'float', values, gaps.includes(1) ? gaps : null)
}

const combination = (name: string, weights: readonly number[]): Builtin =>
  averagingFunction(name, (input, n) =>
    inMapOrder(input, (table) => {
      const { last, averages } = repeatedly(table, n, weights.length)
      return last.with(last.columns.map((column) => (column.label === '_value' ? combined(averages, weights) : column)))
    }),
  )

/** 2·EMA − EMA of EMA: less late than one average. */
export const doubleEMA = combination('doubleEMA', [2, -1])

/** 3·EMA − 3·EMA of EMA + EMA of that. */
export const tripleEMA = combination('tripleEMA', [3, -3, 1])

/** Percent by which the third average changes from row to row; a null when there are too few rows for one. */
export const tripleExponentialDerivative = averagingFunction('tripleExponentialDerivative', function* (input, n) {
  for (const table of input.tables()) yield changesOfThird(table, n)
})

function changesOfThird(table: Table, n: number): Table {
  const value = numericValue(table, 'exponential moving average')
  let third: Series = { values: doublesOf(value), nulls: value.nulls }
  for (let k = 0; k < 3; k++) third = exponentialAverage(third, n)
  const tooFew = third.values.length === 0
  const kept = tooFew
    ? table.slice(Math.max(0, table.length - 1), table.length)
    : table.slice(table.length - third.values.length + 1, table.length)
  const changes = new Float64Array(kept.length)
  const gaps = new Uint8Array(kept.length).fill(tooFew ? 1 : 0)
  if (!tooFew)
    for (let i = 0; i < changes.length; i++) {
      if (third.nulls?.[i] === 1 || third.nulls?.[i + 1] === 1) gaps[i] = 1
      else changes[i] = (third.values[i + 1]! / third.values[i]! - 1) * 100
    }
  const column = Column.of('_value', 'float', changes, gaps.includes(1) ? gaps : null)
  return kept.with(kept.columns.map((one) => (one.label === '_value' ? column : one)))
}
