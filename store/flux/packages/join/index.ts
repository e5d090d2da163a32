import type { Arguments } from '../../arguments.ts'
import type { ColumnType } from '../../column.ts'
import { FluxError, UnsupportedError } from '../../errors.ts'
import type { GroupKey } from '../../group-key.ts'
import { TableRow } from '../../row-function.ts'
import { makeStream, type TableStream } from '../../stream.ts'
import type { Table } from '../../table.ts'
import { type Builtin, type CallContext, define } from '../../universe/define.ts'
import { type FluxFunction, FluxRecord, Null, type Value, valueOfCell } from '../../values.ts'
import { type Keeps, pairings } from './merge.ts'
import { type Equalities, equalitiesOf } from './predicate.ts'
import { JoinedRows } from './records.ts'

const methods: Readonly<Record<string, Keeps>> = {
  inner: { left: false, right: false },
  left: { left: true, right: false },
  right: { left: false, right: true },
  full: { left: true, right: true },
}

/** All tables of one side. */
interface Side {
  readonly name: 'left' | 'right'
  readonly tables: ReadonlyMap<string, Table>
  /** Labels and types of all of its tables. */
  readonly schema: ReadonlyMap<string, ColumnType>
}

function collected(name: Side['name'], stream: TableStream, context: CallContext): Side {
  const tables = new Map<string, Table>()
  const schema = new Map<string, ColumnType>()
  for (const table of stream.tables()) {
    context.budget.charge(table.length, table.length * 16)
    if (tables.has(table.key.id)) throw new UnsupportedError('a join of two tables with one group key')
    tables.set(table.key.id, table)
    for (const { label, type } of table.columns) schema.set(label, type)
  }
  return { name, tables, schema }
}

/** The record of a row that has no partner on this side: nulls, but for the group key. */
function absent(side: Side, key: GroupKey): FluxRecord {
  if (side.schema.size === 0)
    throw new FluxError('invalid', `error preparing ${side.name} side of join: cannot join on an empty table`, {
      positioned: true,
    })
  const members = new Map<string, Value>([...side.schema].map(([label, type]) => [label, Null.of(type)]))
  for (const { label, type, value } of key.columns) members.set(label, valueOfCell(type, value))
  return new FluxRecord(members)
}

/** Tables with equal group keys meet; rows meet whose columns are equal. */
function joined(args: Arguments, context: CallContext, name: string, on: Equalities, keeps: Keeps): TableStream {
  const leftStream = args.stream('left')
  const rightStream = args.stream('right')
  const as = args.function('as')
  return makeStream(context, name, function* () {
    const left = collected('left', leftStream, context)
    const right = collected('right', rightStream, context)
    const keys = new Map<string, GroupKey>()
    for (const { tables } of [left, right]) for (const { key } of tables.values()) keys.set(key.id, key)
    for (const key of [...keys.values()].sort((a, b) => a.compare(b))) {
      const table = joinedGroup(left, right, key, on, keeps, as, context)
      if (table !== null) yield table
    }
  })
}

function joinedGroup(
  left: Side,
  right: Side,
  key: GroupKey,
  on: Equalities,
  keeps: Keeps,
  as: FluxFunction,
  context: CallContext,
): Table | null {
  const l = left.tables.get(key.id)
  const r = right.tables.get(key.id)
  const leftRow = l === undefined ? null : new TableRow(l)
  const rightRow = r === undefined ? null : new TableRow(r)
  const rows = new JoinedRows(key)
  for (const [i, j] of pairings(l, r, on, keeps)) {
    context.budget.charge(1, 32)
    const record = (row: TableRow | null, index: number | null, side: Side): FluxRecord => {
      if (row === null || index === null) return absent(side, key)
      row.row = index
      return row
    }
    rows.add(
      as.call(
        new Map<string, Value>([
          ['l', record(leftRow, i, left)],
          ['r', record(rightRow, j, right)],
        ]),
        context,
      ),
    )
  }
  return rows.table()
}

const streams = [
  { name: 'left', pipe: true, required: true },
  { name: 'right', required: true },
]
const as = { name: 'as', required: true }
const on = { name: 'on', required: true }

function keepsOf(args: Arguments, fallback?: string): Keeps {
  const method = args.has('method') || fallback === undefined ? args.string('method') : fallback
  const keeps = methods[method]
  if (keeps === undefined) throw new FluxError('invalid', `${method} is not a valid join method`)
  return keeps
}

const note = 'nulls and different types in the columns joined on are refused'

/** The package `join`: inner, left, right and full joins on equal columns. */
export const joinFunctions: readonly Builtin[] = [
  ...Object.entries(methods).map(([name, keeps]) =>
    define({
      package: 'join',
      name,
      parameters: [...streams, on, as],
      note,
      call: (args, context) => joined(args, context, name, equalitiesOf(args.function('on')), keeps),
    }),
  ),
  define({
    package: 'join',
    name: 'tables',
    parameters: [...streams, on, as, { name: 'method', required: true }],
    note,
    call: (args, context) => joined(args, context, 'tables', equalitiesOf(args.function('on')), keepsOf(args)),
  }),
  define({
    package: 'join',
    name: 'time',
    parameters: [...streams, as, { name: 'method' }],
    note,
    call: (args, context) => joined(args, context, 'time', [{ left: '_time', right: '_time' }], keepsOf(args, 'inner')),
  }),
]
