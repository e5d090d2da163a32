import { Column } from '../column.ts'
import { FluxError } from '../errors.ts'
import { rowGroups } from '../grouping/row-groups.ts'
import { GroupedRead } from '../read-stream.ts'
import { makeStream, type TableStream } from '../stream.ts'
import { Table } from '../table.ts'
import { define } from './define.ts'

const parameters = [{ name: 'tables', pipe: true }, { name: 'column' }]

/** Of every table its key, and in `_value` the different values of a column as they first appear, a gap among them. */
export const distinct = define({
  package: '',
  name: 'distinct',
  parameters,
  call: (args, context) => {
    const input = args.stream()
    const label = args.optional('column', args.string) ?? '_value'
    return makeStream(context, 'distinct', function* () {
      for (const table of tablesOf(input)) yield distinctOf(table, label)
    })
  },
})

/** A group that storage cannot do is this operator's fault, since storage would do both together. */
function* tablesOf(input: TableStream): Iterable<Table> {
  try {
    yield* input instanceof GroupedRead ? [...input.tables()] : input.tables()
  } catch (error) {
    if (input instanceof GroupedRead && error instanceof FluxError && error.message.startsWith('schema collision: '))
      throw new FluxError(error.code, error.message, { cause: error })
    throw error
  }
}

function distinctOf(table: Table, label: string): Table {
  if (table.key.has('_value')) throw new FluxError('invalid', 'table builder already has column with label _value')
  const values = valuesOf(table, label)
  const keys = table.key.columns.map(({ label: name, type, value }) =>
    Column.constant(name, type, value, values.length),
  )
  return new Table(table.key, [...keys, values], values.length)
}

function valuesOf(table: Table, label: string): Column {
  const inKey = table.key.column(label)
  if (inKey !== undefined) return Column.constant('_value', inKey.type, inKey.value, 1)
  const column = table.column(label)
  // InfluxDB answers an empty text where there is no such column.
  if (column === undefined) return Column.constant('_value', 'string', '', 1)
  return column.take(firstRows(column)).rename('_value')
}

/** The first row of every value. */
function firstRows(column: Column): Int32Array {
  const { count, ofRow } = rowGroups([column], column.length)
  const rows = new Int32Array(count)
  let next = 0
  for (let row = 0; row < ofRow.length && next < count; row++) if (ofRow[row] === next) rows[next++] = row
  return rows
}

/** Of every table the first row of each value of a column. */
export const unique = define({
  package: '',
  name: 'unique',
  parameters,
  call: (args, context) => {
    const input = args.stream()
    const label = args.optional('column', args.string) ?? '_value'
    return makeStream(context, 'unique', function* () {
      for (const table of input.tables()) {
        const column = table.column(label)
        if (column === undefined) throw new FluxError('invalid', `no column "${label}" exists`)
        yield table.take(firstRows(column))
      }
    })
  },
})
