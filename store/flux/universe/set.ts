import { Column } from '../column.ts'
import { FluxError } from '../errors.ts'
import { GroupKey } from '../group-key.ts'
import type { Table } from '../table.ts'
import { define } from './define.ts'
import { schemaChanged } from './schema-change.ts'

export default define({
  package: '',
  name: 'set',
  parameters: [
    { name: 'tables', pipe: true },
    { name: 'key', required: true },
    { name: 'value', required: true },
  ],
  call: (args, context) => {
    const label = args.string('key')
    const value = args.string('value')
    return schemaChanged(args.stream(), 'set', (table) => withText(table, label, value), context)
  },
})

/** A column of one text in every row, in the key as well where it is part of it. */
function withText(table: Table, label: string, value: string): Table {
  const before = table.column(label)
  if (before !== undefined && before.type !== 'string')
    throw new FluxError('invalid', `set error: column "${label}" is of type ${before.type}, not string`)
  const column = Column.constant(label, 'string', value, table.length)
  const columns =
    before === undefined ? [...table.columns, column] : table.columns.map((one) => (one.label === label ? column : one))
  if (!table.key.has(label)) return table.with(columns)
  return table.with(
    columns,
    new GroupKey(table.key.columns.map((one) => (one.label === label ? { ...one, value } : one))),
  )
}
