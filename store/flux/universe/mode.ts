import { type Cell, Column } from '../column.ts'
import { compareCells } from '../group-key.ts'
import { makeStream } from '../stream.ts'
import { Table } from '../table.ts'
import { columnOf } from './aggregate.ts'
import { define } from './define.ts'
import { type NumericCells, presentCells } from './number-cells.ts'

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
  const counts = column.type === 'string' ? countedTexts(column) : countedRuns(presentCells(column))
  let most = 0
  for (const count of counts.counts) most = Math.max(most, count)
  const modes = counts.cells.filter((_, i) => counts.counts[i] === most)
  if (modes.length === counts.cells.length) return [null]
  return column.type === 'bool' ? modes.map((cell) => cell === 1) : modes.sort(compareCells)
}

interface Counted {
  readonly cells: readonly Cell[]
  /** In how many rows each of them is. */
  readonly counts: readonly number[]
}

function countedTexts(column: Column): Counted {
  const counts = new Map<Cell, number>()
  for (let i = 0; i < column.length; i++) {
    const cell = column.at(i)
    if (cell !== null) counts.set(cell, (counts.get(cell) ?? 0) + 1)
  }
  return { cells: [...counts.keys()], counts: [...counts.values()] }
}

/** Sorting numbers and counting runs takes a fraction of the time of a map. */
function countedRuns(present: NumericCells): Counted {
  const sorted = present.slice().sort()
  const cells: Cell[] = []
  const counts: number[] = []
  for (let start = 0; start < sorted.length; ) {
    let end = start + 1
    while (end < sorted.length && sorted[end] === sorted[start]) end++
    cells.push(sorted[start]!)
    counts.push(end - start)
    start = end
  }
  return { cells, counts }
}
