import { Duration } from '../../../lib/time/duration.ts'
import type { Arguments } from '../arguments.ts'
import { Column } from '../column.ts'
import { FluxError, UnsupportedError } from '../errors.ts'
import { GroupKey, type KeyColumn } from '../group-key.ts'
import { CollectedTables } from '../grouping/collected.ts'
import { GroupedRead, ReadStream } from '../read-stream.ts'
import { type Bounds, makeStream, type TableStream } from '../stream.ts'
import { Table } from '../table.ts'
import { type WallClock, WindowGrid, wallClockOf } from '../window/bounds.ts'
import { type RowsOfWindows, WindowsOfRange, wholeRange } from '../window/rows-of-windows.ts'
import { infinity } from './constants.ts'
import { type CallContext, define } from './define.ts'

/** What windows a call asks for. */
export interface WindowSpec {
  readonly every: Duration
  readonly period: Duration
  readonly offset: Duration
  readonly clock: WallClock
  readonly createEmpty: boolean
}

export interface WindowColumns {
  readonly time: string
  readonly start: string
  readonly stop: string
}

export const usualColumns: WindowColumns = { time: '_time', start: '_start', stop: '_stop' }

/** @throws FluxError in InfluxDB's words when the durations make no windows */
export function windowSpec(args: Arguments, createEmpty: boolean, context: CallContext): WindowSpec {
  const every = args.optional('every', args.duration) ?? Duration.zero
  const period = args.optional('period', args.duration) ?? Duration.zero
  if (every.isNegative) throw new FluxError('invalid', 'parameter "every" must be non-negative')
  if (every.isZero && period.isZero)
    throw new FluxError(
      'invalid',
      'window function requires at least one of "every" or "period" to be set and non-zero',
    )
  return {
    every: every.isZero ? period : every,
    period: period.isZero ? every : period,
    offset: args.optional('offset', args.duration) ?? Duration.zero,
    clock: wallClockOf(args.has('location') ? args.value('location') : context.option('location')),
    createEmpty,
  }
}

export default define({
  package: '',
  name: 'window',
  parameters: [
    { name: 'tables', pipe: true },
    { name: 'every' },
    { name: 'period' },
    { name: 'offset' },
    { name: 'location' },
    { name: 'timeColumn' },
    { name: 'startColumn' },
    { name: 'stopColumn' },
    { name: 'createEmpty' },
  ],
  note: 'rows without a time are refused, and so is createEmpty together with every: inf',
  call: (args, context) =>
    windowed(
      args.stream(),
      windowSpec(args, args.optional('createEmpty', args.bool) ?? false, context),
      {
        time: args.optional('timeColumn', args.string) ?? '_time',
        start: args.optional('startColumn', args.string) ?? '_start',
        stop: args.optional('stopColumn', args.string) ?? '_stop',
      },
      context,
    ),
})

/** Every row in a table of its window, whose bounds are in the key. */
export function windowed(
  input: TableStream,
  spec: WindowSpec,
  columns: WindowColumns,
  context: CallContext,
): TableStream {
  const result = makeStream(context, 'window', function* () {
    const range = rangeOf(result)
    const rowsOf = rowsIn(spec, range, context)
    // Tables of a read cannot meet in a window, so they need not wait for each other.
    const passesOn = input instanceof ReadStream || input instanceof GroupedRead
    const collected = new CollectedTables(context.budget)
    if (range.startNs < range.stopNs)
      for (const table of input.tables()) {
        const { windows, starts, rows } = rowsOf(timeColumn(table, columns.time))
        const laidOut = rows === null ? table : table.take(rows)
        for (let w = 0; w < windows.length; w++) {
          const start = starts[w]!
          const end = starts[w + 1]!
          if (start === end && !spec.createEmpty) continue
          const part = inWindow(laidOut, start, end, windows[w]!, columns)
          if (passesOn) yield part
          else collected.add(part)
        }
      }
    yield* collected.inOrder()
  })
  result.inheritBounds([input])
  return result
}

/** The time that windows are cut to. @throws FluxError when no range came before */
export function rangeOf(stream: TableStream): Bounds {
  if (stream.bounds === null) throw atStart('nil bounds passed to window; use range to set the window range')
  return stream.bounds
}

const atStart = (message: string): FluxError =>
  new FluxError('invalid', `failed to initialize execute state: ${message}`, { positioned: true })

/** How the rows of a table are told apart. @throws FluxError when the durations make no windows */
export function rowsIn(spec: WindowSpec, range: Bounds, context: CallContext): (time: Column) => RowsOfWindows {
  const grid = gridOf(spec)
  if (grid === 'whole range') return (time) => wholeRange(range, time.length)
  const windows = new WindowsOfRange(grid, range, spec.createEmpty, context.budget)
  return (time) => windows.rowsOf(time)
}

/** @throws FluxError when a duration mixes months and nanoseconds, or the period is not positive */
function gridOf({ every, period, offset, clock, createEmpty }: WindowSpec): WindowGrid | 'whole range' {
  if (every.equals(infinity)) {
    if (createEmpty) throw new UnsupportedError('window(every: inf, createEmpty: true)')
    return 'whole range'
  }
  try {
    return new WindowGrid(every, period, offset, clock)
  } catch (error) {
    if (error instanceof FluxError && !error.positioned) throw atStart(error.message)
    throw error
  }
}

export function timeColumn(table: Table, label: string): Column {
  const time = table.column(label)
  if (time === undefined) throw new FluxError('invalid', `missing time column "${label}"`)
  if (time.type !== 'time')
    throw new FluxError('invalid', `window: column "${label}" is of type ${time.type}, not time`)
  return time
}

/** Rows start … end − 1 with the window's bounds, in the place of old ones or behind all others. */
function inWindow(
  table: Table,
  start: number,
  end: number,
  { startNs, stopNs }: Bounds,
  { start: startLabel, stop: stopLabel }: WindowColumns,
): Table {
  const length = end - start
  const bounds: readonly KeyColumn[] = [
    { label: startLabel, type: 'time', value: startNs },
    { label: stopLabel, type: 'time', value: stopNs },
  ]
  const boundOf = (label: string): KeyColumn | undefined => bounds.find((bound) => bound.label === label)
  const columns: Column[] = []
  const key: KeyColumn[] = []
  for (const column of table.columns) {
    const bound = boundOf(column.label)
    const inKey = bound ?? table.key.column(column.label)
    if (inKey !== undefined) key.push(inKey)
    columns.push(
      inKey === undefined ? column.slice(start, end) : Column.constant(inKey.label, inKey.type, inKey.value, length),
    )
  }
  for (const bound of bounds)
    if (table.column(bound.label) === undefined) {
      columns.push(Column.constant(bound.label, 'time', bound.value, length))
      key.push(bound)
    }
  return new Table(new GroupKey(key), columns, length)
}
