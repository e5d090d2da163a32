import { type SortKey, sortedRows } from '../grouping/sorted-rows.ts'
import { makeStream, type TableStream } from '../stream.ts'
import type { Table } from '../table.ts'
import { type CallContext, define } from './define.ts'

export default define({
  package: '',
  name: 'sort',
  parameters: [{ name: 'tables', pipe: true }, { name: 'columns' }, { name: 'desc' }],
  call: (args, context) =>
    sorted(
      args.stream(),
      args.optional('columns', args.strings) ?? ['_value'],
      args.optional('desc', args.bool) ?? false,
      context,
    ),
})

/** Every table's rows in order, equal ones as they were; nulls first, in either direction. */
export function sorted(
  input: TableStream,
  labels: readonly string[],
  desc: boolean,
  context: CallContext,
): TableStream {
  return makeStream(context, 'sort', function* () {
    for (const table of input.tables()) {
      const bytes = table.length * 8
      context.budget.charge(table.length, bytes)
      try {
        yield sortedTable(table, labels, desc)
      } finally {
        context.budget.release(table.length, bytes)
      }
    }
  })
}

/** Columns that the table lacks, and those of its key, change nothing. */
function sortedTable(table: Table, labels: readonly string[], desc: boolean): Table {
  const keys = labels.flatMap((label): SortKey[] => {
    const column = table.column(label)
    return column === undefined || column.constant !== undefined || table.key.has(label) ? [] : [{ column, desc }]
  })
  const rows = sortedRows(keys, table.length)
  return rows === null ? table : table.take(rows)
}
