import { ColumnBuilder, type ColumnType } from '../column.ts'
import { FluxError, UnsupportedError } from '../errors.ts'
import { makeStream } from '../stream.ts'
import type { Table } from '../table.ts'
import { cellOf, type Value, valueOfCell } from '../values.ts'
import { toBool, toBytes, toDuration, toFloat, toInt, toText, toTime, toUInt } from './convert.ts'
import { type Builtin, define } from './define.ts'

type Convert = (value: Value) => Value

const conversion = (name: string, convert: Convert): Builtin =>
  define({
    package: '',
    name,
    parameters: [{ name: 'v', required: true }],
    call: (args) => convert(args.value('v')),
  })

/** Conversion of the column `_value`; the other columns stay. Empty tables go, as in every map. */
const columnConversion = (name: string, type: ColumnType, convert: Convert, describe: Describe): Builtin =>
  define({
    package: '',
    name,
    parameters: [{ name: 'tables', pipe: true }],
    call: (args, context) => {
      const input = args.stream()
      return makeStream(context, name, function* () {
        for (const table of input.tables()) {
          if (table.length === 0) continue
          if (table.key.has('_value')) throw new UnsupportedError(`${name} of a group key's column`)
          context.budget.charge(table.length, table.length * 8)
          yield converted(table, type, convert, describe)
        }
      })
    },
  })

/** How an error of one cell is told. */
type Describe = (error: FluxError) => FluxError

function converted(table: Table, type: ColumnType, convert: Convert, describe: Describe): Table {
  const source = table.column('_value')
  if (source?.type === type) return table
  const builder = new ColumnBuilder('_value', type, table.length)
  try {
    for (let i = 0; i < table.length; i++) {
      const cell = source === undefined ? undefined : cellOf(convert(valueOfCell(source.type, source.at(i))))
      builder.push(cell?.cell ?? null)
    }
  } catch (error) {
    throw error instanceof FluxError ? describe(error) : error
  }
  const column = builder.build()
  return table.with(
    source === undefined
      ? [...table.columns, column]
      : table.columns.map((other) => (other === source ? column : other)),
  )
}

const inMap: Describe = (error) =>
  new FluxError(error.code, `failed to evaluate map function: ${error.message}`, { cause: error })
/** `float` is the one conversion that InfluxDB runs column by column, and its errors there tell no position. */
const inVectorisedMap: Describe = (error) =>
  new FluxError(error.code, `runtime error: ${error.message.replace(/ to float\b/, ' to Float')}`, {
    cause: error,
    positioned: true,
  })

export const conversions: readonly Builtin[] = [
  conversion('bool', toBool),
  conversion('bytes', toBytes),
  conversion('duration', toDuration),
  conversion('float', toFloat),
  conversion('int', toInt),
  conversion('string', toText),
  conversion('time', toTime),
  conversion('uint', toUInt),
  columnConversion('toBool', 'bool', toBool, inMap),
  columnConversion('toFloat', 'float', toFloat, inVectorisedMap),
  columnConversion('toInt', 'int', toInt, inMap),
  columnConversion('toString', 'string', toText, inMap),
  columnConversion('toTime', 'time', toTime, inMap),
  columnConversion('toUInt', 'uint', toUInt, inMap),
]
