import type { Budget } from '../budget.ts'
import { Column } from '../column.ts'
import { FluxError, UnsupportedError } from '../errors.ts'
import { GroupKey, type KeyColumn } from '../group-key.ts'
import { bytesHeld } from '../grouping/collected.ts'
import { rowGroups, rowsByGroup } from '../grouping/row-groups.ts'
import { sortedRows } from '../grouping/sorted-rows.ts'
import { makeStream, TableStream } from '../stream.ts'
import { Table } from '../table.ts'
import { define } from './define.ts'

/** Rows of two streams that agree in some columns, side by side. */
export default define({
  package: '',
  name: 'join',
  parameters: [{ name: 'tables', required: true }, { name: 'on', required: true }, { name: 'method' }],
  call: (args, context) => {
    // By name, whatever the order of the argument: rows are sorted by these columns.
    const on = args.strings('on').sort()
    if (on.length === 0) throw new FluxError('invalid', "at least one column in 'on' column list is required")
    const method = args.optional('method', args.string) ?? 'inner'
    if (method === 'cross') throw new FluxError('invalid', "cross product and 'on' are mutually exclusive")
    if (method !== 'inner') throw new FluxError('invalid', `${method} is not a valid join type`)
    const sides = [...args.record('tables').members].sort(([a], [b]) => (a < b ? -1 : 1))
    const [left, right] = sides.map(([name, stream]): Side => {
      if (!(stream instanceof TableStream)) throw new FluxError('invalid', `expected "${name}" to be stream type`)
      return { name, stream }
    })
    if (left === undefined || right === undefined || sides.length > 2)
      throw new FluxError('invalid', 'joins currently must only have two parents')
    const result = makeStream(context, 'join', function* () {
      yield* joined(left, right, on, context.budget)
    })
    result.inheritBounds([left.stream, right.stream])
    return result
  },
})

interface Side {
  readonly name: string
  readonly stream: TableStream
}

/** Every left table with every right one that agrees in the columns joined on which are in both keys; in the order of keys. */
function* joined(left: Side, right: Side, on: readonly string[], budget: Budget): Iterable<Table> {
  const lefts = held(left.stream, on, budget)
  const rights = held(right.stream, on, budget)
  const inBothKeys = on.filter((label) => lefts[0]?.key.has(label) && rights[0]?.key.has(label))
  const rightsOf = new Map<string, Table[]>()
  for (const table of rights) {
    const id = keyPart(table, inBothKeys)
    const known = rightsOf.get(id)
    if (known === undefined) rightsOf.set(id, [table])
    else known.push(table)
  }
  const results = new Map<string, Table>()
  for (const l of lefts)
    for (const r of rightsOf.get(keyPart(l, inBothKeys)) ?? []) {
      const table = joinedTable({ name: left.name, table: l }, { name: right.name, table: r }, on, budget)
      if (table === null) continue
      if (results.has(table.key.id)) throw new UnsupportedError('a join that gives two tables of one key')
      results.set(table.key.id, table)
    }
  yield* [...results.values()].sort((a, b) => a.key.compare(b.key))
}

/** The tables of a side; one whose key has a null in a column joined on meets nobody. */
function held(stream: TableStream, on: readonly string[], budget: Budget): Table[] {
  const tables: Table[] = []
  for (const table of stream.tables()) {
    budget.charge(table.length, bytesHeld(table))
    if (!on.some((label) => table.key.column(label)?.value === null)) tables.push(table)
  }
  return tables
}

const keyPart = ({ key }: Table, labels: readonly string[]): string =>
  new GroupKey(labels.flatMap((label) => key.column(label) ?? [])).id

interface NamedTable {
  readonly name: string
  readonly table: Table
}

/** Two tables joined, columns by label; null when no row meets another. */
function joinedTable(left: NamedTable, right: NamedTable, on: readonly string[], budget: Budget): Table | null {
  const pairs = matches(left.table, right.table, on, budget)
  if (pairs === null) return null
  const length = pairs.left.length
  const columns = new Map<string, Column>()
  const key = new Map<string, KeyColumn>()
  for (const [{ name, table }, other, rows] of [
    [left, right, pairs.left],
    [right, left, pairs.right],
  ] as const)
    for (const column of table.columns) {
      const isOn = on.includes(column.label)
      const label = !isOn && other.table.column(column.label) !== undefined ? `${column.label}_${name}` : column.label
      const inKey = table.key.column(column.label)
      if (inKey !== undefined && !key.has(label)) key.set(label, { ...inKey, label })
      if (!columns.has(label)) columns.set(label, column.take(rows).rename(label))
      else if (!isOn) throw new UnsupportedError(`a join that gives two columns named ${label}`)
    }
  const byLabel = (a: { readonly label: string }, b: { readonly label: string }): number => (a.label < b.label ? -1 : 1)
  return new Table(new GroupKey([...key.values()].sort(byLabel)), [...columns.values()].sort(byLabel), length)
}

/** Row numbers of both sides that meet, in the order of the columns joined on; null when there are none. */
function matches(
  left: Table,
  right: Table,
  on: readonly string[],
  budget: Budget,
): { readonly left: Int32Array; readonly right: Int32Array } | null {
  // A column that both sides lack is not asked about; one that a single side lacks matches nothing.
  const used = on.filter((label) => left.column(label) !== undefined || right.column(label) !== undefined)
  const l = used.map((label) => left.column(label))
  const r = used.map((label) => right.column(label))
  const both: Column[] = []
  for (let i = 0; i < used.length; i++) {
    const a = l[i]
    const b = r[i]
    if (a === undefined || b === undefined || a.type !== b.type) return null
    both.push(Column.concat(used[i]!, a.type, [a, b]))
  }
  const groups = rowGroups(both, left.length + right.length)
  const rights = rowsByGroup({ count: groups.count, ofRow: groups.ofRow.subarray(left.length) })
  const sorted = sortedRows(
    l.map((column) => ({ column: column!, desc: false })),
    left.length,
  )
  const hasNull = (row: number): boolean => l.some((column) => column!.isNull(row))
  const rightCount = (row: number): number => {
    const group = groups.ofRow[row]!
    return hasNull(row) ? 0 : rights.starts[group + 1]! - rights.starts[group]!
  }
  let count = 0
  for (let row = 0; row < left.length; row++) count += rightCount(row)
  if (count === 0) return null
  budget.charge(count, count * 8 * (left.columns.length + right.columns.length))
  const pairs = { left: new Int32Array(count), right: new Int32Array(count) }
  let next = 0
  for (let i = 0; i < left.length; i++) {
    const row = sorted === null ? i : sorted[i]!
    const from = rights.starts[groups.ofRow[row]!]!
    for (let j = 0, n = rightCount(row); j < n; j++) {
      pairs.left[next] = row
      pairs.right[next++] = rights.rows[from + j]!
    }
  }
  return pairs
}
