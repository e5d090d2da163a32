import { GroupKey, type KeyColumn } from '../group-key.ts'
import { appended } from '../grouping/collected.ts'
import type { Table } from '../table.ts'

/**
 * All rows in the groups that the columns `labelsOf(table)` make (those that the table has), groups in their order. Rows of
 * several tables that meet in one group come one table after the other; a column that one of them lacks is null there.
 */
export function regrouped(tables: Iterable<Table>, labelsOf: (table: Table) => readonly string[]): Table[] {
  const groups = new Map<string, { readonly key: GroupKey; readonly parts: Table[] }>()
  for (const table of tables)
    for (const part of split(table, labelsOf(table))) {
      const group = groups.get(part.key.id)
      if (group === undefined) groups.set(part.key.id, { key: part.key, parts: [part] })
      else group.parts.push(part)
    }
  return [...groups.values()].sort((a, b) => a.key.compare(b.key)).map(({ key, parts }) => appended(key, parts))
}

function split(table: Table, labels: readonly string[]): Table[] {
  const columns = labels.flatMap((label) => table.column(label) ?? [])
  const rowsOf = new Map<string, number[]>()
  for (let row = 0; row < table.length; row++) {
    const id = JSON.stringify(columns.map((column) => String(column.at(row)) + typeof column.at(row)))
    const rows = rowsOf.get(id)
    if (rows === undefined) rowsOf.set(id, [row])
    else rows.push(row)
  }
  return [...rowsOf.values()].map((rows) => {
    const part = rows.length === table.length ? table : table.take(Int32Array.from(rows))
    const key = columns.map(({ label, type }): KeyColumn => ({ label, type, value: part.column(label)!.at(0) }))
    return part.with(part.columns, new GroupKey(key))
  })
}
