import type { Column } from '../../column.ts'
import { FluxError, UnsupportedError } from '../../errors.ts'
import { compareCells } from '../../group-key.ts'
import type { Table } from '../../table.ts'
import type { Equalities } from './predicate.ts'

/** Row numbers of both sides; null = no partner. */
export type Pairing = readonly [left: number | null, right: number | null]

/** What becomes of rows without a partner. */
export interface Keeps {
  readonly left: boolean
  readonly right: boolean
}

/**
 * Rows of two tables that belong together, in the order of the columns joined on; equal rows in the order of their tables, every
 * left one with every right one. A side that has no table has no rows.
 */
export function* pairings(
  left: Table | undefined,
  right: Table | undefined,
  on: Equalities,
  keeps: Keeps,
): Iterable<Pairing> {
  const l = left === undefined ? [] : on.map((pair) => joinColumn(left, pair.left, 'left'))
  const r = right === undefined ? [] : on.map((pair) => joinColumn(right, pair.right, 'right'))
  if (left !== undefined && right !== undefined)
    l.forEach((column, i) => {
      if (column.type !== r[i]!.type)
        throw new UnsupportedError(`a join of a column of type ${column.type} with one of type ${r[i]!.type}`)
    })
  const leftRows = sortedRows(left?.length ?? 0, l)
  const rightRows = sortedRows(right?.length ?? 0, r)
  let i = 0
  let j = 0
  while (i < leftRows.length || j < rightRows.length) {
    const order =
      i === leftRows.length ? 1 : j === rightRows.length ? -1 : compareRows(l, leftRows[i]!, r, rightRows[j]!)
    if (order < 0) {
      if (keeps.left) yield [leftRows[i]!, null]
      i++
    } else if (order > 0) {
      if (keeps.right) yield [null, rightRows[j]!]
      j++
    } else {
      const from = j
      while (j < rightRows.length && compareRows(l, leftRows[i]!, r, rightRows[j]!) === 0) j++
      const first = leftRows[i]!
      for (; i < leftRows.length && compareRows(l, first, l, leftRows[i]!) === 0; i++)
        for (let k = from; k < j; k++) yield [leftRows[i]!, rightRows[k]!]
    }
  }
}

function joinColumn(table: Table, label: string, side: 'left' | 'right'): Column {
  const column = table.column(label)
  if (column === undefined)
    throw new FluxError('invalid', `error preparing ${side} side of join: table is missing label ${label}`, {
      positioned: true,
    })
  if (column.nulls?.includes(1)) throw new UnsupportedError('a join on a column with nulls')
  return column
}

const sortedRows = (length: number, columns: readonly Column[]): number[] =>
  Array.from({ length }, (_, row) => row).sort((a, b) => compareRows(columns, a, columns, b) || a - b)

function compareRows(a: readonly Column[], rowA: number, b: readonly Column[], rowB: number): number {
  for (let i = 0; i < a.length; i++) {
    const order = compareCells(a[i]!.at(rowA), b[i]!.at(rowB))
    if (order !== 0) return order
  }
  return 0
}
