import { Column } from '../column.ts'
import { FluxError, UnsupportedError } from '../errors.ts'
import { makeStream } from '../stream.ts'
import type { Table } from '../table.ts'
import { columnOf } from './aggregate.ts'
import { Momentum } from './chande-momentum-oscillator.ts'
import { define } from './define.ts'
import { doublesOf } from './number-cells.ts'
import { isNumeric } from './number-column.ts'

const fast = 2 / (2 + 1)
const slow = 2 / (30 + 1)

/** Kaufman's adaptive moving average: quick where the way is straight, slow where it is noise; the first n rows go. */
export const kaufmansAMA = define({
  package: '',
  name: 'kaufmansAMA',
  parameters: [{ name: 'tables', pipe: true }, { name: 'n', required: true }, { name: 'column' }],
  note: 'a column with nulls is refused',
  call: (args, context) => {
    const input = args.stream()
    const n = args.int('n')
    const label = columnOf(args)
    return makeStream(context, 'kaufmansAMA', function* () {
      if (n <= 0n)
        throw new FluxError('invalid', `cannot take KaufmansAMA with a period of ${n} (must be greater than 0)`)
      for (const table of input.tables()) yield adaptiveTable(table, Number(n), label)
    })
  },
})

function adaptiveTable(table: Table, n: number, label: string): Table {
  const kept = table.slice(Math.min(n, table.length), table.length)
  return kept.with(
    kept.columns.map((rest, c) => {
      if (rest.label !== label) return rest
      const column = table.columns[c]!
      if (!isNumeric(column))
        throw new FluxError('invalid', `cannot take KAMA of column ${column.label} (type ${column.type})`)
      if (column.nulls?.includes(1)) throw new UnsupportedError('kaufmansAMA of a column with nulls')
      return adaptiveAverage(column, n)
    }),
  )
}

function adaptiveAverage(column: Column, n: number): Column {
  const values = doublesOf(column)
  const averages = new Float64Array(Math.max(0, values.length - n))
  const momentum = new Momentum()
  const steps = new Float64Array(n) // the last n, as a ring
  let average = 0
  for (let i = 0; i < values.length; i++) {
    const previous = values[Math.max(0, i - 1)]!
    const step = values[i]! - previous
    const efficiency = Math.abs(momentum.next(step, i >= n ? steps[(i + 1) % n]! : 0)) / 100
    if (i >= n) {
      if (i === n) average = previous
      const smoothing = (efficiency * (fast - slow) + slow) ** 2
      average += smoothing * (values[i]! - average)
      averages[i - n] = average
    }
    steps[i % n] = step
  }
  return Column.of(column.label, 'float', averages)
}
