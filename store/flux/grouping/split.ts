import { Column } from '../column.ts'
import { GroupKey, type KeyColumn } from '../group-key.ts'
import type { Table } from '../table.ts'
import { rowGroups, rowsByGroup } from './row-groups.ts'

/**
 * A table cut into one per combination of values of the columns `labels` (those that it has), which become the key, in the order
 * of the table's columns; the parts in order of first appearance, their rows in the order of the table.
 */
export function split(table: Table, labels: ReadonlySet<string>): Table[] {
  if (table.length === 0) return []
  const columns = table.columns.filter(({ label }) => labels.has(label))
  const groups = rowGroups(columns, table.length)
  if (groups.count === 1) return [keyed(table, columns)]
  const { rows, starts } = rowsByGroup(groups)
  return Array.from({ length: groups.count }, (_, g) =>
    keyed(table.take(rows.subarray(starts[g]!, starts[g + 1]!)), columns),
  )
}

/** The table under a key of columns that do not change within it. */
function keyed(table: Table, by: readonly Column[]): Table {
  const key = by.map(({ label, type }): KeyColumn => ({ label, type, value: table.column(label)!.at(0) }))
  return table.with(withConstants(table, key), new GroupKey(key))
}

/** Columns of a key kept as one value each. */
export function withConstants(table: Table, key: readonly KeyColumn[]): Column[] {
  const values = new Map(key.map((column) => [column.label, column]))
  return table.columns.map((column) => {
    const known = values.get(column.label)
    return known === undefined || column.constant !== undefined
      ? column
      : Column.constant(known.label, known.type, known.value, table.length)
  })
}
