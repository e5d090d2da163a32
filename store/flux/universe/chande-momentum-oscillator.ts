import { Column } from '../column.ts'
import { FluxError, UnsupportedError } from '../errors.ts'
import { makeStream } from '../stream.ts'
import type { Table } from '../table.ts'
import { define } from './define.ts'
import { inMapOrder } from './map-order.ts'
import { doublesOf } from './number-cells.ts'
import { isNumeric } from './number-column.ts'

/** Rises less falls over rises and falls of the last n steps, in percent, −100 … 100; the first n rows go. */
export const chandeMomentumOscillator = define({
  package: '',
  name: 'chandeMomentumOscillator',
  parameters: [{ name: 'tables', pipe: true }, { name: 'n', required: true }, { name: 'columns' }],
  note: 'a column with nulls is refused',
  call: (args, context) => {
    const input = args.stream()
    const n = periodOf(args.int('n'), 'chandeMomentumOscillator')
    const labels = args.optional('columns', args.strings) ?? ['_value']
    return makeStream(context, 'chandeMomentumOscillator', function* () {
      for (const table of input.tables()) yield oscillatorTable(table, n, labels)
    })
  },
})

/** Kaufman's efficiency ratio: how much of the way went in one direction, 0 … 1. */
export const kaufmansER = define({
  package: '',
  name: 'kaufmansER',
  parameters: [
    { name: 'tables', pipe: true },
    { name: 'n', required: true },
  ],
  note: 'a column with nulls is refused',
  call: (args, context) => {
    const input = args.stream()
    const n = periodOf(args.int('n'), 'kaufmansER')
    return makeStream(context, 'kaufmansER', () =>
      inMapOrder(input, (table) => {
        const ratios = oscillatorTable(table, n, ['_value'])
        return ratios.with(ratios.columns.map((column) => (column.label === '_value' ? asRatio(column) : column)))
      }),
    )
  },
})

const asRatio = (column: Column): Column =>
  Column.of(
    '_value',
    'float',
    doublesOf(column).map((percent) => Math.abs(percent) / 100),
  )

/** @throws FluxError unless positive: InfluxDB fails with an internal error then */
export function periodOf(n: bigint, name: string): number {
  if (n <= 0n) throw new FluxError('invalid', `${name} needs a period greater than 0, got ${n}`)
  return Number(n)
}

function oscillatorTable(table: Table, n: number, labels: readonly string[]): Table {
  const kept = table.slice(Math.min(n, table.length), table.length)
  return kept.with(
    kept.columns.map((rest, c) => {
      if (!labels.includes(rest.label)) return rest
      const column = table.columns[c]!
      if (!isNumeric(column))
        throw new FluxError(
          'invalid',
          `cannot take chande momentum oscillator of column ${column.label} (type ${column.type})`,
        )
      if (column.nulls?.includes(1)) throw new UnsupportedError('chandeMomentumOscillator of a column with nulls')
      return oscillator(column, n)
    }),
  )
}

function oscillator(column: Column, n: number): Column {
  const values = doublesOf(column)
  const percents = new Float64Array(Math.max(0, values.length - n))
  const momentum = new Momentum()
  for (let i = 0; i < values.length; i++) {
    const step = i === 0 ? 0 : values[i]! - values[i - 1]!
    const percent = momentum.next(step, i >= n ? values[i - n + 1]! - values[i - n]! : 0)
    if (i >= n) percents[i - n] = percent
  }
  return Column.of(column.label, 'float', percents)
}

/** Sums of rises and falls over a window that moves on. */
export class Momentum {
  #up = 0
  #down = 0

  /** @param step comes in @param leaving goes out afterwards @returns percent */
  next(step: number, leaving: number): number {
    if (step > 0) this.#up += step
    else if (step < 0) this.#down -= step
    const percent = (100 * (this.#up - this.#down)) / (this.#up + this.#down)
    if (leaving > 0) this.#up -= leaving
    else this.#down += leaving
    return percent
  }
}
