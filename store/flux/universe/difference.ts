import { Column, type ColumnType } from '../column.ts'
import { FluxError } from '../errors.ts'
import { makeStream } from '../stream.ts'
import type { Table } from '../table.ts'
import { cumulativeSumTable } from './cumulative-sum.ts'
import { define } from './define.ts'

interface DifferenceOptions {
  readonly labels: readonly string[]
  /** A fall gives null. */
  readonly nonNegative: boolean
  readonly keepFirst: boolean
  /** The first value, when kept, gives 0 instead of null, and a fall, when `nonNegative`, the value itself: a counter set back. */
  readonly initialZero: boolean
}

/** Value less the value before; uints give ints. The first row goes unless `keepFirst`. */
export const difference = define({
  package: '',
  name: 'difference',
  parameters: [
    { name: 'tables', pipe: true },
    { name: 'nonNegative' },
    { name: 'columns' },
    { name: 'keepFirst' },
    { name: 'initialZero' },
  ],
  call: (args, context) => {
    const input = args.stream()
    const options: DifferenceOptions = {
      labels: args.optional('columns', args.strings) ?? ['_value'],
      nonNegative: args.optional('nonNegative', args.bool) ?? false,
      keepFirst: args.optional('keepFirst', args.bool) ?? false,
      initialZero: args.optional('initialZero', args.bool) ?? false,
    }
    return makeStream(context, 'difference', function* () {
      for (const table of input.tables()) yield differenceTable(table, options)
    })
  },
})

/** How much a counter has grown since the first row, whatever it was set back to. */
export const increase = define({
  package: '',
  name: 'increase',
  parameters: [{ name: 'tables', pipe: true }, { name: 'columns' }],
  call: (args, context) => {
    const input = args.stream()
    const labels = args.optional('columns', args.strings) ?? ['_value']
    const options = { labels, nonNegative: true, keepFirst: true, initialZero: true }
    return makeStream(context, 'increase', function* () {
      for (const table of input.tables()) yield cumulativeSumTable(differenceTable(table, options), labels)
    })
  },
})

export function differenceTable(table: Table, options: DifferenceOptions): Table {
  const kept = table.slice(options.keepFirst ? 0 : Math.min(1, table.length), table.length)
  return kept.with(
    kept.columns.map((rest, c) =>
      options.labels.includes(rest.label) ? differences(table.columns[c]!, rest.length, options) : rest,
    ),
  )
}

function resultType({ label, type }: Column): Extract<ColumnType, 'int' | 'float'> {
  if (type === 'int' || type === 'uint') return 'int'
  if (type === 'float') return 'float'
  if (type === 'time')
    throw new FluxError('invalid', 'difference does not support time columns. Try the elapsed function')
  throw new FluxError('invalid', `difference does not support column "${label}" of type "${type}"`)
}

/** Of the last `length` rows. A gap gives a gap and leaves the value before it in place; ints wrap at 64 bits. */
function differences(column: Column, length: number, options: DifferenceOptions): Column {
  const type = resultType(column)
  const nulls = new Uint8Array(length)
  const { data, count } =
    type === 'float' ? subtractFloats(column, nulls, options) : subtractInts(column, nulls, options)
  return Column.of(column.label, type, data, count > 0 ? nulls : null)
}

interface Differences {
  readonly data: Float64Array | BigInt64Array
  /** How many of them are gaps. */
  readonly count: number
}

function subtractFloats(column: Column, nulls: Uint8Array, options: DifferenceOptions): Differences {
  const { nonNegative, keepFirst, initialZero } = options
  const values = column.data as Float64Array
  const data = new Float64Array(nulls.length)
  const shift = values.length - data.length
  let previous = 0
  let seen = false
  let count = 0
  for (let i = 0; i < values.length; i++) {
    const absent = column.nulls !== null && column.nulls[i] === 1
    let known = false
    if (!absent) {
      const value = values[i]!
      const by = value - previous
      let result = 0
      if (!seen) known = keepFirst && initialZero
      else if (by >= 0 || !nonNegative) {
        known = true
        result = by
      } else if (initialZero && value >= 0) {
        known = true
        result = value
      }
      previous = value
      seen = true
      if (i >= shift) data[i - shift] = result
    }
    if (!known && i >= shift) {
      nulls[i - shift] = 1
      count++
    }
  }
  return { data, count }
}

function subtractInts(column: Column, nulls: Uint8Array, options: DifferenceOptions): Differences {
  const { nonNegative, keepFirst, initialZero } = options
  // A uint is read as the int of the same bits: subtraction is the same, and the result is an int anyway.
  const source = column.data as BigInt64Array | BigUint64Array
  const values = new BigInt64Array(source.buffer, source.byteOffset, source.length)
  const data = new BigInt64Array(nulls.length)
  const shift = values.length - data.length
  let previous = 0n
  let seen = false
  let count = 0
  for (let i = 0; i < values.length; i++) {
    const absent = column.nulls !== null && column.nulls[i] === 1
    let known = false
    if (!absent) {
      const value = values[i]!
      const by = BigInt.asIntN(64, value - previous)
      let result = 0n
      if (!seen) known = keepFirst && initialZero
      else if (!nonNegative || by >= 0n) {
        known = true
        result = by
      } else if (initialZero && value >= 0n) {
        known = true
        result = value
      }
      previous = value
      seen = true
      if (i >= shift) data[i - shift] = result
    }
    if (!known && i >= shift) {
      nulls[i - shift] = 1
      count++
    }
  }
  return { data, count }
}
