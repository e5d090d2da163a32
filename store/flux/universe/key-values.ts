import { type Cell, Column } from '../column.ts'
import { FluxError } from '../errors.ts'
import { makeStream } from '../stream.ts'
import { Table } from '../table.ts'
import { define } from './define.ts'

/** The distinct pairs of label and value that some columns of a table hold, in order of first appearance. */
export default define({
  package: '',
  name: 'keyValues',
  parameters: [
    { name: 'tables', pipe: true },
    { name: 'keyColumns', required: true },
  ],
  note: 'the columns are named by `keyColumns`; `fn` is refused',
  call: (args, context) => {
    const input = args.stream()
    const labels = args.strings('keyColumns')
    return makeStream(context, 'keyValues', function* () {
      for (const table of input.tables()) yield pairsOf(table, labels)
    })
  },
})

function pairsOf(table: Table, labels: readonly string[]): Table {
  const columns = labels.flatMap((label) => table.column(label) ?? [])
  const [first] = columns
  if (first === undefined)
    throw new FluxError('invalid', `received table with columns not having key columns [${labels.join(' ')}]`)
  for (const { label, type } of columns)
    if (type !== first.type)
      throw new FluxError(
        'invalid',
        `keyColumns must all be the same type, but key column "${first.label}" is ${first.type} and "${label}" is ${type}`,
      )
  const names: string[] = []
  const values: Cell[] = []
  const seen = columns.map(() => new Set<Cell>())
  for (let row = 0; row < table.length; row++)
    columns.forEach((column, c) => {
      const value = column.at(row)
      if (seen[c]!.has(value)) return
      seen[c]!.add(value)
      names.push(column.label)
      values.push(value)
    })
  return new Table(
    table.key,
    [
      ...table.key.columns.map(({ label, type, value }) => Column.constant(label, type, value, names.length)),
      Column.from('_key', 'string', names),
      Column.from('_value', first.type, values),
    ],
    names.length,
  )
}
