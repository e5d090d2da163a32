import type { Duration } from '../../../lib/time/duration.ts'
import { Column } from '../column.ts'
import { FluxError } from '../errors.ts'
import { GroupKey } from '../group-key.ts'
import { CollectedTables } from '../grouping/collected.ts'
import { makeStream } from '../stream.ts'
import type { Table } from '../table.ts'
import { plus } from '../window/bounds.ts'
import { define } from './define.ts'

/** Moves times, by the calendar where months are asked for. */
export default define({
  package: '',
  name: 'timeShift',
  parameters: [{ name: 'tables', pipe: true }, { name: 'duration', required: true }, { name: 'columns' }],
  call: (args, context) => {
    const input = args.stream()
    const by = args.duration('duration')
    const labels = new Set(args.optional('columns', args.strings) ?? ['_start', '_stop', '_time'])
    const { bounds } = input
    return makeStream(
      context,
      'timeShift',
      function* () {
        const collected = new CollectedTables(context.budget)
        for (const table of input.tables()) {
          const moved = shifted(table, by, labels)
          // Only a shift by months can make two keys equal.
          if (by.months === 0n) yield moved
          else collected.add(moved)
        }
        yield* collected.asTheyCame()
      },
      bounds === null ? null : { startNs: plus(bounds.startNs, by), stopNs: plus(bounds.stopNs, by) },
    )
  },
})

function shifted(table: Table, by: Duration, labels: ReadonlySet<string>): Table {
  const columns = table.columns.map((column) => {
    if (!labels.has(column.label)) return column
    if (column.type !== 'time') throw new FluxError('invalid', `column "${column.label}" is not of type time`)
    return shiftedColumn(column, by)
  })
  const key = table.key.columns.map((column) =>
    labels.has(column.label) && typeof column.value === 'bigint'
      ? { ...column, value: plus(column.value, by) }
      : column,
  )
  return table.with(columns, new GroupKey(key))
}

function shiftedColumn(column: Column, by: Duration): Column {
  const { label, constant, length } = column
  if (constant !== undefined)
    return Column.constant(label, 'time', constant === null ? null : plus(constant as bigint, by), length)
  return Column.of(
    label,
    'time',
    (column.data as BigInt64Array).map((ns) => plus(ns, by)),
    column.nulls,
  )
}
