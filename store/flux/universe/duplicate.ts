import { FluxError } from '../errors.ts'
import type { TableStream } from '../stream.ts'
import type { Table } from '../table.ts'
import { type CallContext, define } from './define.ts'
import { schemaChanged } from './schema-change.ts'

export default define({
  package: '',
  name: 'duplicate',
  parameters: [
    { name: 'tables', pipe: true },
    { name: 'column', required: true },
    { name: 'as', required: true },
  ],
  call: (args, context) => duplicated(args.stream(), args.string('column'), args.string('as'), context),
})

/** The column `from` a second time as `to`; a column of that name gives way in its place. */
export function duplicated(input: TableStream, from: string, to: string, context: CallContext): TableStream {
  return schemaChanged(input, 'duplicate', (table) => withCopy(table, from, to), context)
}

function withCopy(table: Table, from: string, to: string): Table {
  const column = table.column(from)
  if (column === undefined) throw new FluxError('invalid', `duplicate error: column "${from}" doesn't exist`)
  if (from === to) return table
  if (table.key.has(to))
    throw new FluxError('invalid', `duplicate error: column "${to}" is part of the group key and cannot be replaced`)
  const copy = column.rename(to)
  return table.with(
    table.column(to) === undefined
      ? [...table.columns, copy]
      : table.columns.map((one) => (one.label === to ? copy : one)),
  )
}
