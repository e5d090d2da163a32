import { FluxError } from '../errors.ts'
import { GroupKey } from '../group-key.ts'
import { groupedByRows } from '../grouping/by-rows.ts'
import { bytesHeld, CollectedTables } from '../grouping/collected.ts'
import { split, withConstants } from '../grouping/split.ts'
import { GroupedRead, ReadStream } from '../read-stream.ts'
import { makeStream, type TableStream } from '../stream.ts'
import type { Table } from '../table.ts'
import { type CallContext, define } from './define.ts'

export type GroupMode = 'by' | 'except'

export default define({
  package: '',
  name: 'group',
  parameters: [{ name: 'tables', pipe: true }, { name: 'columns' }, { name: 'mode' }],
  call: (args, context) => {
    const columns = args.optional('columns', args.strings) ?? []
    const mode = args.optional('mode', args.string) ?? 'by'
    if (mode !== 'by' && mode !== 'except')
      throw new FluxError('invalid', 'invalid group mode: must be "by" or "except"')
    return grouped(args.stream(), columns, mode, context)
  },
})

/** What a group in memory was made of: of two groups in a row only the last one counts. */
const inputOf = new WeakMap<TableStream, TableStream>()

/** The rows of a stream in groups; directly on a read storage groups `by` columns, and keeps the bounds in the key. */
export function grouped(
  stream: TableStream,
  columns: readonly string[],
  mode: GroupMode,
  context: CallContext,
): TableStream {
  const input = stream instanceof GroupedRead ? stream.read : (inputOf.get(stream) ?? stream)
  const labels = new Set(columns)
  const result = makeStream(context, 'group', function* () {
    const byOf = (table: Table): ReadonlySet<string> =>
      mode === 'by' ? labels : new Set(table.columns.map(({ label }) => label).filter((label) => !labels.has(label)))
    const collected = new CollectedTables(context.budget)
    const changing: Table[] = []
    for (const table of input.tables()) {
      if (mode === 'by' && !keepsTogether(table, labels)) {
        context.budget.charge(table.length, bytesHeld(table))
        changing.push(table)
      } else {
        // Rows of a group come table after table.
        for (const before of changing.splice(0)) for (const part of split(before, labels)) collected.add(part)
        for (const part of parts(table, byOf(table))) collected.add(part)
      }
    }
    const regrouped = collected.isEmpty ? groupedByRows(changing, labels) : null
    if (regrouped === null) for (const table of changing) for (const part of split(table, labels)) collected.add(part)
    else for (const table of regrouped) collected.add(table)
    yield* collected.inOrder()
  })
  if (input instanceof ReadStream && mode === 'by' && !columns.some((label) => notTags.has(label)))
    return input.grouped(columns, mode, result.tables)
  result.inheritBounds([input])
  inputOf.set(result, input)
  return result
}

/** What storage cannot group by. */
const notTags: ReadonlySet<string> = new Set(['_time', '_value'])

/** Whether all rows of a table belong to one group, its key being what tells groups apart. */
const keepsTogether = (table: Table, by: ReadonlySet<string>): boolean =>
  table.columns.every(({ label }) => !by.has(label) || table.key.has(label))

/** A table that keeps together passes whole, also without rows; one without rows that could not be told apart is gone. */
function parts(table: Table, by: ReadonlySet<string>): readonly Table[] {
  if (!keepsTogether(table, by)) return split(table, by)
  const key = table.columns.flatMap(({ label }) => (by.has(label) ? table.key.column(label)! : []))
  return [table.with(withConstants(table, table.key.columns), new GroupKey(key))]
}
