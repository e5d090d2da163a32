import type { Column, ColumnType } from '../column.ts'
import { FluxError } from '../errors.ts'
import { GroupedRead } from '../read-stream.ts'
import { makeStream, type TableStream } from '../stream.ts'
import type { Table } from '../table.ts'
import { columnOf, inOrderOfKeys, isDoneByStorage, refuseAsStorage } from './aggregate.ts'
import { type Builtin, type CallContext, define } from './define.ts'

/** What chooses one row of a stretch by a column in which gaps are passed over. */
export interface Selector {
  readonly name: string
  readonly takes: (type: ColumnType) => boolean
  /** Of rows from … to − 1: the row, or −1 when there are only gaps. Called only for a column that it takes. */
  readonly select: (column: Column, from: number, to: number) => number
  /** Directly on a group of a read storage chooses by time over all series, so by another row. */
  readonly selectOfGroup?: (times: BigInt64Array) => number
}

/** The column to select by. @throws FluxError in InfluxDB's words when it is missing or of a wrong type */
export function selected(table: Table, label: string, selector: Selector): Column {
  const column = table.column(label)
  if (column === undefined) throw new FluxError('invalid', `no column "${label}" exists`)
  if (selector.takes(column.type)) return column
  const type = `*universe.${selector.name[0]!.toUpperCase()}${selector.name.slice(1)}Selector`
  throw new FluxError('invalid', `invalid use of function: ${type} has no implementation for type ${column.type}`)
}

/** The whole row chosen, or no row of the same columns. */
export function selectRow(table: Table, row: number): Table {
  return row === -1 ? table.slice(0, 0) : table.slice(row, row + 1)
}

/** The operator made of a selector: of every table one row, or none when it has only gaps. */
export function selectorStream(
  input: TableStream,
  label: string,
  selector: Selector,
  context: CallContext,
): TableStream {
  return makeStream(context, selector.name, function* () {
    const onRead = label === '_value' && isDoneByStorage(input)
    const byTime = onRead && input instanceof GroupedRead && input.byStorage ? selector.selectOfGroup : undefined
    const results: Table[] = []
    for (const table of input.tables()) {
      if (onRead) refuseAsStorage(table, selector.name, selector.takes)
      const times = byTime === undefined ? undefined : table.column('_time')
      const row =
        byTime !== undefined && times !== undefined
          ? byTime(times.data as BigInt64Array)
          : selector.select(selected(table, label, selector), 0, table.length)
      if (onRead) yield selectRow(table, row)
      else results.push(selectRow(table, row))
    }
    yield* inOrderOfKeys(results)
  })
}

/** The row of a selector that takes a stream and a column and nothing else. */
export const selectorFunction = (selector: Selector): Builtin =>
  define({
    package: '',
    name: selector.name,
    parameters: [{ name: 'tables', pipe: true }, { name: 'column' }],
    call: (args, context) => selectorStream(args.stream(), columnOf(args), selector, context),
  })

/** What `min` and `max` compare. */
export const isOrdered = (type: ColumnType): boolean => type !== 'string' && type !== 'bool'
