import { type Cell, Column } from '../column.ts'
import { compareCells } from '../group-key.ts'
import { makeStream } from '../stream.ts'
import { Table } from '../table.ts'
import { columnOf } from './aggregate.ts'
import { define } from './define.ts'

/** The values that are in most rows, in order; null when every value is in as many rows, which a single value is too. */
export const mode = define({
  package: '',
  name: 'mode',
  parameters: [{ name: 'tables', pipe: true }, { name: 'column' }],
  call: (args, context) => {
    const input = args.stream()
    const label = columnOf(args)
    return makeStream(context, 'mode', function* () {
      for (const table of input.tables()) yield modeTable(table, label)
    })
  },
})

/** The key's columns and `_value`. As InfluxDB has it, a missing column gives an empty text and a key column its own value. */
export function modeTable(table: Table, label: string): Table {
  const column = table.column(label)
  const inKey = table.key.column(label)
  const values = column === undefined ? [''] : inKey !== undefined ? [inKey.value] : mostFrequent(column)
  return new Table(
    table.key,
    [
      ...table.key.columns
        .filter((key) => key.label !== '_value')
        .map((key) => Column.constant(key.label, key.type, key.value, values.length)),
      Column.from('_value', column?.type ?? 'string', values),
    ],
    values.length,
  )
}

function mostFrequent(column: Column): Cell[] {
  const counts = new Map<Cell, number>()
  for (let i = 0; i < column.length; i++) {
    const cell = column.at(i)
    if (cell !== null) counts.set(cell, (counts.get(cell) ?? 0) + 1)
  }
  let most = 0
  for (const count of counts.values()) most = Math.max(most, count)
  const modes = [...counts].flatMap(([cell, count]) => (count === most ? [cell] : []))
  return modes.length === counts.size ? [null] : modes.sort(compareCells)
}
