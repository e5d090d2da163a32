import { Column, ColumnBuilder } from '../column.ts'
import { GroupKey, type KeyColumn } from '../group-key.ts'
import { ReadStream } from '../read-stream.ts'
import type { Bounds, TableStream } from '../stream.ts'
import { Table } from '../table.ts'
import { aggregated, isDoneByStorage, laidOutByStorage, refuseAsStorage } from './aggregate.ts'
import type { OfSlice } from './aggregate-slices.ts'
import type { AggregateWindow } from './aggregate-window.ts'
import type { CallContext } from './define.ts'
import { selected } from './selector.ts'
import { rangeOf, rowsIn, timeColumn } from './window.ts'

/** Says that a stream needs the general way. */
export class NotBySlices extends Error {}

/**
 * `aggregateWindow` without a table per window: of every input table its rows in the order of windows, and a cell or a row of
 * each stretch. The same answer as the general way.
 * @param stream the one whose range counts
 * @throws NotBySlices when tables would meet in a window, or a label is used for two things
 */
export function* bySlices(
  input: TableStream,
  stream: TableStream,
  asked: AggregateWindow,
  work: OfSlice,
  context: CallContext,
): Iterable<Table> {
  const { column, timeSrc, timeDst, window } = asked
  const range = rangeOf(stream)
  const rowsOf = rowsIn(window, range, context)
  if (range.startNs >= range.stopNs) return
  if (!isBound(timeSrc) || isBound(timeDst) || isBound(column) || column === timeDst) throw new NotBySlices()
  const byStorage = isPushed(input, asked, work)
  const results = new Map<string, Table>()
  for (const table of input.tables()) {
    if (byStorage) refuseAsStorage(table, nameOf(work), (type) => takes(work, type))
    if (table.key.has(timeDst) || table.columns.some(({ label, type }) => isBound(label) && type !== 'time'))
      throw new NotBySlices()
    const { windows, starts, rows } = rowsOf(timeColumn(table, '_time'))
    const result = ofTable(table, rows, windows, starts, range, asked, work)
    if (byStorage) {
      if (result.length > 0) yield laidOutByStorage(result)
      continue
    }
    if (results.has(result.key.id)) throw new NotBySlices()
    context.budget.charge(result.length, result.length * 8 * result.columns.length)
    results.set(result.key.id, result)
  }
  for (const result of [...results.values()].sort((a, b) => a.key.compare(b.key))) if (result.length > 0) yield result
}

const isBound = (label: string): boolean => label === '_start' || label === '_stop'
const nameOf = (work: OfSlice): string => (work.kind === 'aggregate' ? work.aggregate.name : work.selector.name)
const takes = (work: OfSlice, type: Column['type']): boolean =>
  work.kind === 'aggregate' ? work.aggregate.resultType(type) !== null : work.selector.takes(type)

/** What storage does for InfluxDB: tables then come in the order of series, and errors have storage's words. */
function isPushed(input: TableStream, { column, timeSrc, timeDst, window }: AggregateWindow, work: OfSlice): boolean {
  return (
    input instanceof ReadStream &&
    isDoneByStorage(input) &&
    pushedNames.has(nameOf(work)) &&
    column === '_value' &&
    isBound(timeSrc) &&
    timeDst === '_time' &&
    window.every.equals(window.period) &&
    window.clock.zone === null &&
    window.clock.offset.isZero
  )
}

const pushedNames: ReadonlySet<string> = new Set(['count', 'first', 'last', 'max', 'mean', 'min', 'sum'])

function ofTable(
  table: Table,
  rows: Int32Array | null,
  windows: readonly Bounds[],
  starts: Int32Array,
  range: Bounds,
  { column: label, timeSrc, timeDst, window }: AggregateWindow,
  work: OfSlice,
): Table {
  const key = keyOver(table, range)
  const times = BigInt64Array.from(windows, timeSrc === '_stop' ? ({ stopNs }) => stopNs : ({ startNs }) => startNs)
  if (work.kind === 'aggregate') {
    const { column, type } = aggregated(table, label, work.aggregate)
    const laidOut = rows === null ? column : column.take(rows)
    const cells = new ColumnBuilder(label, type, windows.length)
    for (let w = 0; w < windows.length; w++) cells.push(work.aggregate.compute(laidOut, starts[w]!, starts[w + 1]!))
    const columns = [...constants(key.columns, windows.length), cells.build(), Column.of(timeDst, 'time', times)]
    return new Table(key, columns, windows.length)
  }
  const column = selected(table, label, work.selector)
  const laidOut = rows === null ? column : column.take(rows)
  const chosen = new Int32Array(windows.length)
  const kept = new Int32Array(windows.length)
  let count = 0
  for (let w = 0; w < windows.length; w++) {
    const row = work.selector.select(laidOut, starts[w]!, starts[w + 1]!)
    if (row === -1 && !window.createEmpty) continue
    chosen[count] = row === -1 || rows === null ? row : rows[row]!
    kept[count++] = w
  }
  const from = chosen.subarray(0, count)
  const time = Column.of(timeDst, 'time', times).take(kept.subarray(0, count))
  const columns = table.columns.map((one) => {
    if (one.label === timeDst) return time
    const inKey = key.column(one.label)
    return inKey === undefined ? takenOrNull(one, from) : constants([inKey], count)[0]!
  })
  const missing = key.columns.filter((one) => table.column(one.label) === undefined)
  columns.push(...constants(missing, count))
  if (table.column(timeDst) === undefined) columns.push(time)
  return new Table(key, columns, count)
}

/** The key of a table with the range in place of its own bounds, in the order of the columns, as `window` makes it. */
function keyOver(table: Table, { startNs, stopNs }: Bounds): GroupKey {
  const bounds: readonly KeyColumn[] = [
    { label: '_start', type: 'time', value: startNs },
    { label: '_stop', type: 'time', value: stopNs },
  ]
  const inTable = table.columns.flatMap(
    ({ label }) => bounds.find((bound) => bound.label === label) ?? table.key.column(label) ?? [],
  )
  return new GroupKey([...inTable, ...bounds.filter(({ label }) => table.column(label) === undefined)])
}

const constants = (key: readonly KeyColumn[], length: number): Column[] =>
  key.map(({ label, type, value }) => Column.constant(label, type, value, length))

/** The rows of a column, −1 for a gap. */
function takenOrNull(column: Column, rows: Int32Array): Column {
  if (!rows.includes(-1)) return column.take(rows)
  const builder = new ColumnBuilder(column.label, column.type, rows.length)
  for (const row of rows) builder.push(row === -1 ? null : column.at(row))
  return builder.build()
}
