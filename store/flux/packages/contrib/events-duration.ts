import { Column } from '../../column.ts'
import { FluxError, UnsupportedError } from '../../errors.ts'
import { makeStream } from '../../stream.ts'
import type { Table } from '../../table.ts'
import { define } from '../../universe/define.ts'

interface Options {
  readonly unitNs: bigint
  readonly timeColumn: string
  readonly columnName: string
  readonly stopColumn: string
  readonly stopNs: bigint | undefined
}

/** How long each event lasted: until the next row, the last one until `stop` or the table's `_stop`. */
export default define({
  package: 'contrib/tomhollingworth/events',
  name: 'duration',
  parameters: [
    { name: 'tables', pipe: true },
    { name: 'unit' },
    { name: 'timeColumn' },
    { name: 'columnName' },
    { name: 'stopColumn' },
    { name: 'stop' },
  ],
  call: (args, context) => {
    const input = args.stream()
    const options: Options = {
      unitNs: args.optional('unit', args.duration)?.approximateNs() ?? 1_000_000_000n,
      timeColumn: args.optional('timeColumn', args.string) ?? '_time',
      columnName: args.optional('columnName', args.string) ?? 'duration',
      stopColumn: args.optional('stopColumn', args.string) ?? '_stop',
      stopNs: args.optional('stop', args.time)?.ns,
    }
    if (options.unitNs === 0n) throw new UnsupportedError('events.duration with a unit of zero')
    return makeStream(context, 'duration', function* () {
      for (const table of input.tables()) yield withDurations(table, options)
    })
  },
})

/** The table with the durations of its rows as a column more. */
export function withDurations(table: Table, { unitNs, timeColumn, columnName, stopColumn, stopNs }: Options): Table {
  const times = timeData(table, timeColumn)
  const stops = stopNs === undefined ? timeData(table, stopColumn) : null
  if (table.column(columnName) !== undefined) throw new FluxError('invalid', `column "${columnName}" already exists`)
  const durations = new BigInt64Array(table.length)
  const unit = Number(unitNs)
  for (let i = 0; i < table.length; i++) {
    const next = i + 1 < table.length ? times[i + 1]! : stops === null ? stopNs! : stops[i]!
    // In doubles, as InfluxDB has it.
    durations[i] = BigInt(Math.trunc((Number(next) - Number(times[i]!)) / unit))
  }
  return table.with([...table.columns, Column.of(columnName, 'int', durations)])
}

function timeData(table: Table, label: string): BigInt64Array {
  const column = table.column(label)
  if (column === undefined) throw new FluxError('invalid', `column "${label}" does not exist`)
  if (column.type !== 'time')
    throw new FluxError('invalid', `stop column "${label}" must be of type time, got ${column.type}`)
  if (column.nulls?.includes(1)) throw new UnsupportedError('events.duration of rows without a time')
  return column.data as BigInt64Array
}
