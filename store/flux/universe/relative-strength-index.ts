import { Column } from '../column.ts'
import { FluxError } from '../errors.ts'
import { makeStream } from '../stream.ts'
import type { Table } from '../table.ts'
import { periodOf } from './chande-momentum-oscillator.ts'
import { define } from './define.ts'
import { doublesOf } from './number-cells.ts'
import { isNumeric } from './number-column.ts'

/**
 * 100 − 100/(1 + mean rise / mean fall), 0 … 100; the first n rows go. Of n rows or fewer the last one stays, with the means so
 * far. The first value counts as a rise or fall from 0, as InfluxDB has it; a gap gives what was last.
 */
export const relativeStrengthIndex = define({
  package: '',
  name: 'relativeStrengthIndex',
  parameters: [{ name: 'tables', pipe: true }, { name: 'n', required: true }, { name: 'columns' }],
  call: (args, context) => {
    const input = args.stream()
    const n = periodOf(args.int('n'), 'relativeStrengthIndex')
    const labels = args.optional('columns', args.strings) ?? ['_value']
    return makeStream(context, 'relativeStrengthIndex', function* () {
      for (const table of input.tables()) yield strengthTable(table, n, labels)
    })
  },
})

function strengthTable(table: Table, n: number, labels: readonly string[]): Table {
  const first = Math.max(0, Math.min(n, table.length - 1))
  const kept = table.slice(first, table.length)
  return kept.with(
    kept.columns.map((rest, c) => {
      if (!labels.includes(rest.label)) return rest
      const column = table.columns[c]!
      if (!isNumeric(column))
        throw new FluxError(
          'invalid',
          `cannot take relative strength index of column ${column.label} (type ${column.type})`,
        )
      return strength(column, n, first)
    }),
  )
}

/** Of rows from `first` on. */
function strength(column: Column, n: number, first: number): Column {
  const values = doublesOf(column)
  const { nulls } = column
  const indices = new Float64Array(values.length - first)
  const gaps = new Uint8Array(indices.length)
  const up = new SmoothedMean(n)
  const down = new SmoothedMean(n)
  let last = 0
  let anyGap = false
  let seen = false
  for (let i = 0; i < values.length; i++) {
    if (nulls !== null && nulls[i] === 1) {
      up.skip()
      down.skip()
    } else {
      const by = values[i]! - last
      up.add(by > 0 ? by : 0)
      down.add(by < 0 ? -by : 0)
      last = values[i]!
      seen = true
    }
    if (i < first) continue
    indices[i - first] = 100 - 100 / (1 + up.mean / down.mean)
    if (!seen) {
      gaps[i - first] = 1
      anyGap = true
    }
  }
  return Column.of(column.label, 'float', indices, anyGap ? gaps : null)
}

/** The plain mean until n values have passed, then one that forgets with weight 1/n. */
class SmoothedMean {
  mean = 0
  #count = 0
  #passed = 0

  constructor(readonly n: number) {}

  add(value: number): void {
    if (this.#count === 0) this.mean = value
    else if (this.#passed < this.n) this.mean = (this.mean * this.#count + value) / (this.#count + 1)
    else this.mean = value * (1 / this.n) + this.mean * (1 - 1 / this.n)
    if (this.#count < this.n) this.#count++
    this.#passed++
  }

  skip(): void {
    this.#passed++
  }
}
