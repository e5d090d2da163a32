import type { Cell, ColumnType } from '../column.ts'
import { Column, ColumnBuilder } from '../column.ts'
import { FluxError, UnsupportedError } from '../errors.ts'
import { GroupKey } from '../group-key.ts'
import type { Table } from '../table.ts'
import { cellOf } from '../values.ts'
import { define } from './define.ts'
import { schemaChanged } from './schema-change.ts'

interface FillValue {
  readonly type: ColumnType
  readonly cell: Cell
}

/** Puts a value, or the one before, where a column has gaps. */
export default define({
  package: '',
  name: 'fill',
  parameters: [{ name: 'tables', pipe: true }, { name: 'column' }, { name: 'value' }, { name: 'usePrevious' }],
  call: (args, context) => {
    const label = args.optional('column', args.string) ?? '_value'
    const usePrevious = args.optional('usePrevious', args.bool)
    if (args.has('value') === (usePrevious !== undefined))
      throw new FluxError('invalid', 'fill requires exactly one of value or usePrevious')
    if (usePrevious === false) throw new UnsupportedError('fill(usePrevious: false)')
    const input = args.stream()
    if (usePrevious === true) return schemaChanged(input, 'fill', (table) => carried(table, label), context)
    const given = cellOf(args.value('value'))
    if (given?.type === undefined || given.cell === null)
      throw new FluxError(
        'invalid',
        'value type for fill must be a valid primitive type (bool, int, uint, float, string, time)',
      )
    const value: FillValue = { type: given.type, cell: given.cell }
    return schemaChanged(input, 'fill', (table) => filled(table, label, value), context, 'of arrival')
  },
})

/** A column that the table lacks is made. */
function filled(table: Table, label: string, { type, cell }: FillValue): Table {
  const column = table.column(label)
  if (column === undefined) return table.with([...table.columns, Column.constant(label, type, cell, table.length)])
  if (column.type !== type) throw new FluxError('invalid', `fill column type mismatch: ${column.type}/${type}`)
  const inKey = table.key.column(label)
  if (inKey !== undefined && inKey.value !== null) return table
  if (column.constant !== null && !column.nulls?.includes(1)) return table
  const whole =
    column.constant === null
      ? Column.constant(label, type, cell, table.length)
      : replaced(column, (builder, i) => builder.push(column.isNull(i) ? cell : column.at(i)))
  const key =
    inKey === undefined
      ? table.key
      : new GroupKey(table.key.columns.map((one) => (one.label === label ? { ...one, value: cell } : one)))
  return withColumn(table, whole, key)
}

/** Gaps before the first value stay. */
function carried(table: Table, label: string): Table {
  const column = table.column(label)
  if (column === undefined || table.key.has(label) || column.constant !== undefined || !column.nulls?.includes(1))
    return table
  let last: Cell = null
  const whole = replaced(column, (builder, i) => {
    const cell = column.at(i)
    if (cell !== null) last = cell
    builder.push(last)
  })
  return withColumn(table, whole, table.key)
}

function replaced(column: Column, push: (builder: ColumnBuilder, row: number) => void): Column {
  const builder = new ColumnBuilder(column.label, column.type, column.length)
  for (let i = 0; i < column.length; i++) push(builder, i)
  return builder.build()
}

const withColumn = (table: Table, column: Column, key: GroupKey): Table =>
  table.with(
    table.columns.map((one) => (one.label === column.label ? column : one)),
    key,
  )
