import { Column } from '../column.ts'
import { FluxError } from '../errors.ts'
import { makeStream } from '../stream.ts'
import type { Table } from '../table.ts'
import { define } from './define.ts'
import { doublesOf } from './number-cells.ts'
import { unitNsOf } from './time-cells.ts'

/** Whole units since the row before, reckoned in doubles as InfluxDB does; the first row goes. Negative where time goes back. */
export const elapsed = define({
  package: '',
  name: 'elapsed',
  parameters: [{ name: 'tables', pipe: true }, { name: 'unit' }, { name: 'timeColumn' }, { name: 'columnName' }],
  call: (args, context) => {
    const input = args.stream()
    const unitNs = unitNsOf(args)
    const timeColumn = args.optional('timeColumn', args.string) ?? '_time'
    const columnName = args.optional('columnName', args.string) ?? 'elapsed'
    if (unitNs === 0) throw new FluxError('invalid', 'elapsed unit must not be zero')
    return makeStream(context, 'elapsed', function* () {
      for (const table of input.tables()) yield elapsedTable(table, timeColumn, columnName, unitNs)
    })
  },
})

function elapsedTable(table: Table, timeColumn: string, columnName: string, unitNs: number): Table {
  const column = table.column(timeColumn)
  if (column === undefined) throw new FluxError('invalid', `column "${timeColumn}" does not exist`)
  // InfluxDB passes no row on then, and adds no column.
  if (column.type !== 'time') return table.slice(0, 0)
  if (table.column(columnName) !== undefined)
    throw new FluxError('invalid', `table builder already has column with label ${columnName}`)
  if (column.nulls?.includes(1)) throw new FluxError('invalid', 'elapsed found null time in time column')
  const rest = table.slice(Math.min(1, table.length), table.length)
  const times = doublesOf(column)
  const units = new BigInt64Array(rest.length)
  for (let i = 0; i < units.length; i++) units[i] = BigInt(Math.trunc((times[i + 1]! - times[i]!) / unitNs))
  return rest.with([...rest.columns, Column.of(columnName, 'int', units)])
}
