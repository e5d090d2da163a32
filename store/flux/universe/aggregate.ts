import type { Arguments } from '../arguments.ts'
import { type Cell, Column, type ColumnType } from '../column.ts'
import { FluxError } from '../errors.ts'
import { isShared } from '../interpret/results.ts'
import { GroupedRead, ReadStream } from '../read-stream.ts'
import { makeStream, type TableStream } from '../stream.ts'
import { Table } from '../table.ts'
import { type Builtin, type CallContext, define } from './define.ts'

/** What makes one cell of a stretch of a column. Gaps are left out, but for `count`; a stretch of nothing else gives null. */
export interface Aggregate {
  readonly name: string
  /** The type of the cell for a column of type `input`; null when the aggregate does not take such a column. */
  readonly resultType: (input: ColumnType) => ColumnType | null
  /** Of rows from … to − 1. Called only for a column of a type that it takes. */
  readonly compute: (column: Column, from: number, to: number) => Cell
}

/** The column to aggregate. @throws FluxError in InfluxDB's words when it is of the key, missing, or of a wrong type */
export function aggregated(table: Table, label: string, aggregate: Aggregate): { column: Column; type: ColumnType } {
  if (table.key.has(label))
    throw new FluxError('invalid', 'cannot aggregate columns that are part of the group key', { positioned: true })
  const column = table.column(label)
  if (column === undefined) throw new FluxError('invalid', `column "${label}" does not exist`)
  const type = aggregate.resultType(column.type)
  if (type === null) throw new FluxError('invalid', `unsupported aggregate column type ${column.type}`)
  return { column, type }
}

/** One row: the key's columns, then the column with its aggregate. */
export function aggregateTable(table: Table, label: string, aggregate: Aggregate): Table {
  const { column, type } = aggregated(table, label, aggregate)
  return oneRow(table, [Column.constant(label, type, aggregate.compute(column, 0, table.length), 1)])
}

/** A table of one row: the key's columns, then `values`. */
export function oneRow(table: Table, values: readonly Column[]): Table {
  const keys = table.key.columns.map(({ label, type, value }) => Column.constant(label, type, value, 1))
  return new Table(table.key, [...keys, ...values], 1)
}

/** The operator made of an aggregate: of every table one row. */
export function aggregateStream(
  input: TableStream,
  label: string,
  aggregate: Aggregate,
  context: CallContext,
): TableStream {
  return makeStream(context, aggregate.name, function* () {
    const fused = label === '_value' && doneByStorage.has(aggregate.name) && isDoneByStorage(input)
    const results: Table[] = []
    for (const table of input.tables()) {
      if (fused) refuseAsStorage(table, aggregate.name, (type) => aggregate.resultType(type) !== null)
      const result = aggregateTable(table, label, aggregate)
      if (fused) yield laidOutByStorage(result)
      else results.push(result)
    }
    yield* inOrderOfKeys(results)
  })
}

/** In memory, tables wait in a lookup by key for the end of the input: they come out in the order of keys, whatever came in. */
export const inOrderOfKeys = (tables: Table[]): Table[] => tables.sort((a, b) => a.key.compare(b.key))

/** Storage does what follows a read, or the group of one, if nobody else reads it. Known once the whole script is. */
export const isDoneByStorage = (input: TableStream): boolean =>
  (input instanceof ReadStream || input instanceof GroupedRead) && !isShared(input)

const columnsInFront = ['_start', '_stop', '_time', '_value']
/** Columns as storage lays them out: bounds, time and value in front of the tags. Only the order in an answer shows it. */
export function laidOutByStorage({ key, columns, length }: Table): Table {
  const placeOf = ({ label }: Column): number => {
    const place = columnsInFront.indexOf(label)
    return place < 0 ? columnsInFront.length : place
  }
  return new Table(
    key,
    [...columns].sort((a, b) => placeOf(a) - placeOf(b)),
    length,
  )
}

/** Directly on a read these are done by storage, which has its own words for a type that it cannot take. */
const doneByStorage: ReadonlySet<string> = new Set(['mean', 'sum', 'count'])

/** @throws FluxError without a position when the values of a read are of a type that storage cannot aggregate so */
export function refuseAsStorage(table: Table, name: string, takes: (type: ColumnType) => boolean): void {
  const type = table.column('_value')?.type
  if (type === undefined || type === 'time' || takes(type)) return
  throw new FluxError('invalid', `unsupported input type for ${name} aggregate: ${storageWord[type]}`, {
    positioned: true,
  })
}

const storageWord = { bool: 'boolean', int: 'integer', uint: 'unsigned', float: 'float', string: 'string' } as const

/** The argument `column`, `_value` when it is left out. */
export const columnOf = (args: Arguments): string => args.optional('column', args.string) ?? '_value'

/** The row of an aggregate that takes a stream and a column and nothing else. */
export const aggregateFunction = (aggregate: Aggregate): Builtin =>
  define({
    package: '',
    name: aggregate.name,
    parameters: [{ name: 'tables', pipe: true }, { name: 'column' }],
    call: (args, context) => aggregateStream(args.stream(), columnOf(args), aggregate, context),
  })
