import { Column } from '../column.ts'
import { makeStream } from '../stream.ts'
import type { Table } from '../table.ts'
import { define } from './define.ts'

/** Running sum; a gap gets the sum so far. Ints wrap at 64 bits; columns that are no numbers stay as they are. */
export const cumulativeSum = define({
  package: '',
  name: 'cumulativeSum',
  parameters: [{ name: 'tables', pipe: true }, { name: 'columns' }],
  call: (args, context) => {
    const input = args.stream()
    const labels = args.optional('columns', args.strings) ?? ['_value']
    return makeStream(context, 'cumulativeSum', function* () {
      for (const table of input.tables()) yield cumulativeSumTable(table, labels)
    })
  },
})

export const cumulativeSumTable = (table: Table, labels: readonly string[]): Table =>
  table.with(table.columns.map((column) => (labels.includes(column.label) ? runningSum(column) : column)))

function runningSum(column: Column): Column {
  const { data, nulls } = column
  if (column.type === 'float') {
    const values = data as Float64Array
    const sums = new Float64Array(values.length)
    let sum = 0
    for (let i = 0; i < values.length; i++) {
      if (nulls === null || nulls[i] !== 1) sum += values[i]!
      sums[i] = sum
    }
    return Column.of(column.label, 'float', sums)
  }
  if (column.type !== 'int' && column.type !== 'uint') return column
  const source = data as BigInt64Array | BigUint64Array
  const values = new BigInt64Array(source.buffer, source.byteOffset, source.length)
  const sums = new BigInt64Array(values.length)
  let sum = 0n
  for (let i = 0; i < values.length; i++) {
    if (nulls === null || nulls[i] !== 1) sum = BigInt.asIntN(64, sum + values[i]!)
    sums[i] = sum
  }
  // Sums of uints wrap to the same bits.
  return Column.of(column.label, column.type, column.type === 'int' ? sums : new BigUint64Array(sums.buffer))
}
