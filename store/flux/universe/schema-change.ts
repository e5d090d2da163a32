import type { Column } from '../column.ts'
import { FluxError, UnsupportedError } from '../errors.ts'
import { GroupKey, type KeyColumn } from '../group-key.ts'
import { CollectedTables } from '../grouping/collected.ts'
import { withConstants } from '../grouping/split.ts'
import { makeStream, type TableStream } from '../stream.ts'
import { Table } from '../table.ts'
import type { CallContext } from './define.ts'

/**
 * The stream of an operator that changes the columns of every table, and with them its key. Tables that come to share a key
 * become one. While no key has changed a table is passed on as it comes.
 * @throws UnsupportedError when a table comes to share the key of one that is passed on already
 */
export function schemaChanged(
  input: TableStream,
  name: string,
  change: (table: Table) => Table,
  context: CallContext,
  order: 'of keys' | 'of arrival' = 'of keys',
): TableStream {
  return makeStream(context, name, function* () {
    const passed = new Set<string>()
    const collected = new CollectedTables(context.budget)
    let collecting = false
    for (const table of input.tables()) {
      const changed = change(table)
      if (changed.key !== table.key) collecting = true
      if (!collecting) {
        passed.add(changed.key.id)
        yield changed
      } else if (passed.has(changed.key.id))
        throw new UnsupportedError(`${name} that makes the keys of some tables equal`)
      else collected.add(changed.with(withConstants(changed, changed.key.columns)))
    }
    yield* order === 'of keys' ? collected.inOrder() : collected.asTheyCame()
  })
}

/** A table with other labels for some of its columns, or without them (undefined), in the key as well. */
export function relabelled(table: Table, labelOf: (label: string) => string | undefined): Table {
  const columns: Column[] = []
  const key: KeyColumn[] = []
  let keyChanged = false
  for (const column of table.columns) {
    const label = labelOf(column.label)
    const inKey = table.key.column(column.label)
    if (inKey !== undefined) {
      if (label !== undefined) key.push({ ...inKey, label })
      if (label !== column.label) keyChanged = true
    }
    if (label !== undefined) columns.push(label === column.label ? column : column.rename(label))
  }
  refuseTwice(columns)
  return new Table(keyChanged ? new GroupKey(key) : table.key, columns, columns.length === 0 ? 0 : table.length)
}

function refuseTwice(columns: readonly Column[]): void {
  const known = new Map<string, number>()
  columns.forEach(({ label }, i) => {
    const before = known.get(label)
    if (before !== undefined)
      throw new FluxError(
        'invalid',
        `column ${before} and ${i} have the same name (${JSON.stringify(label)}) which is not allowed`,
      )
    known.set(label, i)
  })
}
