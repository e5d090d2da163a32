import { Duration } from '../../../lib/time/duration.ts'
import { Column } from '../column.ts'
import { FluxError, UnsupportedError } from '../errors.ts'
import { GroupKey } from '../group-key.ts'
import { makeStream } from '../stream.ts'
import type { Table } from '../table.ts'
import { WindowGrid, wallClockOf } from '../window/bounds.ts'
import { define } from './define.ts'
import { schemaChanged } from './schema-change.ts'

/** Times become the start of their unit. */
export default define({
  package: '',
  name: 'truncateTimeColumn',
  parameters: [{ name: 'tables', pipe: true }, { name: 'unit', required: true }, { name: 'timeColumn' }],
  note: 'truncates `_time` only, as InfluxDB does whatever timeColumn says; another timeColumn is refused',
  call: (args, context) => {
    if ((args.optional('timeColumn', args.string) ?? '_time') !== '_time')
      throw new UnsupportedError('truncateTimeColumn(timeColumn: …)')
    const input = args.stream()
    const unit = args.duration('unit')
    const grid = new WindowGrid(unit, unit, Duration.zero, wallClockOf(context.option('location')))
    const filled = makeStream(context, 'truncateTimeColumn', function* () {
      for (const table of input.tables()) if (table.length > 0) yield table
    })
    filled.inheritBounds([input])
    return schemaChanged(filled, 'truncateTimeColumn', (table) => truncated(table, grid), context)
  },
})

function truncated(table: Table, grid: WindowGrid): Table {
  const time = table.column('_time')
  if (time === undefined || time.type !== 'time')
    throw new FluxError('invalid', 'column "_time" of type time is missing')
  if (time.nulls?.includes(1)) throw new UnsupportedError('truncateTimeColumn of rows without a time')
  const times = truncatedTimes(time.data as BigInt64Array, grid)
  const columns = table.columns.map((column) => (column === time ? Column.of('_time', 'time', times) : column))
  if (!table.key.has('_time')) return table.with(columns)
  const key = table.key.columns.map((column) => (column.label === '_time' ? { ...column, value: times[0]! } : column))
  return table.with(columns, new GroupKey(key))
}

function truncatedTimes(times: BigInt64Array, grid: WindowGrid): BigInt64Array {
  let { startNs, stopNs } = { startNs: 1n, stopNs: 0n } // no unit yet
  return times.map((ns) => {
    if (ns < startNs || ns >= stopNs) ({ startNs, stopNs } = grid.at(grid.last(ns)))
    return startNs
  })
}
