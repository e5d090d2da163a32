import { kindOf } from '../../arguments.ts'
import { type Cell, Column, type ColumnType } from '../../column.ts'
import { FluxError } from '../../errors.ts'
import { GroupKey } from '../../group-key.ts'
import { makeStream } from '../../stream.ts'
import { Table } from '../../table.ts'
import { define } from '../../universe/define.ts'
import { cellOf, FluxArray, FluxRecord, type Value } from '../../values.ts'

export default define({
  package: 'array',
  name: 'from',
  parameters: [{ name: 'rows', required: true }],
  call: (args, context) => {
    const rows = args.array('rows').elements.map((row) => {
      if (row instanceof FluxRecord) return row
      throw new FluxError('invalid', `rows must be records, got ${kindOf(row)}`)
    })
    if (rows.length === 0) throw new FluxError('invalid', 'rows must be non-empty')
    const table = tableOf(rows)
    return makeStream(context, 'from', () => [table])
  },
})

/** One table without a key. Columns come in the order in which the records name them; a member that is missing is a gap. */
function tableOf(rows: readonly FluxRecord[]): Table {
  const columns = new Map<string, { type: ColumnType | undefined; readonly cells: Cell[] }>()
  rows.forEach((row, i) => {
    for (const [label, value] of row.members) {
      const cell = cellOf(value)
      if (cell === undefined)
        throw new FluxError('invalid', `cannot represent the type ${typeText(value)} as column data`, {
          positioned: true,
        })
      let column = columns.get(label)
      if (column === undefined)
        columns.set(label, (column = { type: undefined, cells: new Array<Cell>(rows.length).fill(null) }))
      if (column.type !== undefined && cell.type !== undefined && cell.type !== column.type)
        throw new FluxError('invalid', `column "${label}" is of type ${column.type} and ${cell.type}`)
      column.type ??= cell.type
      column.cells[i] = cell.cell
    }
  })
  return new Table(
    GroupKey.empty,
    [...columns].flatMap(([label, { type, cells }]) => (type === undefined ? [] : [Column.from(label, type, cells)])),
    rows.length,
  )
}

/** A type as Flux writes it: `{b: int}`, `[float]`. */
function typeText(value: Value): string {
  if (value instanceof FluxRecord)
    return `{${[...value.members].map(([name, member]) => `${name}: ${typeText(member)}`).join(', ')}}`
  if (value instanceof FluxArray) return `[${value.elements[0] === undefined ? 'A' : typeText(value.elements[0])}]`
  return kindOf(value)
}
