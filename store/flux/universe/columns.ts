import type { Arguments } from '../arguments.ts'
import { Column } from '../column.ts'
import { makeStream, type TableStream } from '../stream.ts'
import { Table } from '../table.ts'
import { type CallContext, define } from './define.ts'

/** Of every table: its key, and a column with labels. */
function labelled(
  name: string,
  args: Arguments,
  context: CallContext,
  labelsOf: (table: Table) => readonly string[],
): TableStream {
  const input = args.stream()
  const column = args.optional('column', args.string) ?? '_value'
  return makeStream(context, name, function* () {
    for (const table of input.tables()) {
      const labels = labelsOf(table)
      const keys = table.key.columns.map(({ label, type, value }) => Column.constant(label, type, value, labels.length))
      yield new Table(table.key, [...keys, Column.from(column, 'string', labels)], labels.length)
    }
  })
}

const parameters = [{ name: 'tables', pipe: true }, { name: 'column' }]

/** The labels of all columns. */
export const columns = define({
  package: '',
  name: 'columns',
  parameters,
  call: (args, context) => labelled('columns', args, context, ({ labels }) => labels),
})

/** The labels of the group key's columns. */
export const keys = define({
  package: '',
  name: 'keys',
  parameters,
  call: (args, context) => labelled('keys', args, context, ({ key }) => key.labels),
})
