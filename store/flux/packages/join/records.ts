import { kindOf } from '../../arguments.ts'
import { type Cell, Column, type ColumnType } from '../../column.ts'
import { FluxError } from '../../errors.ts'
import type { GroupKey } from '../../group-key.ts'
import { Table } from '../../table.ts'
import { cellOf, FluxRecord, type Value } from '../../values.ts'

/** The records that a join's function gives for the rows of one group, as a table of that group's key; columns by label. */
export class JoinedRows {
  readonly #columns = new Map<string, { type: ColumnType | undefined; readonly cells: Cell[] }>()
  #length = 0

  constructor(readonly key: GroupKey) {}

  add(value: Value): void {
    if (!(value instanceof FluxRecord))
      throw new FluxError('invalid', `the function of a join must return a record, got ${kindOf(value)}`)
    this.#checkKey(value)
    for (const [label, member] of value.members) {
      const cell = cellOf(member)
      if (cell === undefined)
        throw new FluxError('invalid', `join cannot make a column of "${label}": it is ${kindOf(member)}`)
      let column = this.#columns.get(label)
      if (column === undefined) this.#columns.set(label, (column = { type: cell.type, cells: [] }))
      column.type ??= cell.type
      if (cell.type !== undefined && cell.type !== column.type)
        throw new FluxError('invalid', `join: column "${label}" is of type ${column.type} and ${cell.type}`)
      while (column.cells.length < this.#length) column.cells.push(null)
      column.cells.push(cell.cell)
    }
    this.#length++
  }

  #checkKey(record: FluxRecord): void {
    for (const { label, type, value } of this.key.columns) {
      const member = record.get(label)
      const cell = member === undefined ? undefined : cellOf(member)
      if (cell === undefined || cell.cell !== value || (cell.type !== type && value !== null))
        throw new FluxError(
          'invalid',
          `join cannot modify group key: output record has a missing or invalid value for column '${label}:${type}'`,
        )
    }
  }

  /** null when no row was added. */
  table(): Table | null {
    if (this.#length === 0) return null
    const columns = [...this.#columns]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([label, { type, cells }]) => {
        if (type === undefined) return [] // a null of unknown type is no column
        while (cells.length < this.#length) cells.push(null)
        return [Column.from(label, type, cells)]
      })
    return new Table(this.key, columns, this.#length)
  }
}
