import { Duration } from '../../../../lib/time/duration.ts'
import { Column, ColumnBuilder } from '../../column.ts'
import { FluxError, UnsupportedError } from '../../errors.ts'
import { makeStream } from '../../stream.ts'
import { Table } from '../../table.ts'
import { define } from '../../universe/define.ts'
import { WindowGrid, wallClockOf } from '../../window/bounds.ts'

/** Adds points on the line between two neighbours, at the starts of windows. */
export default define({
  package: 'interpolate',
  name: 'linear',
  parameters: [
    { name: 'tables', pipe: true },
    { name: 'every', required: true },
  ],
  note: 'gaps, times that go back, and columns beside the group key, `_time` and `_value` are refused',
  call: (args, context) => {
    const input = args.stream()
    const every = args.duration('every')
    const grid = new WindowGrid(every, every, Duration.zero, wallClockOf(undefined))
    return makeStream(context, 'linear', function* () {
      for (const table of input.tables()) {
        const filled = interpolated(table, grid)
        context.budget.charge(filled.length, filled.length * 16)
        yield filled
      }
    })
  },
})

function interpolated(table: Table, grid: WindowGrid): Table {
  const { times, values } = points(table)
  const time = new ColumnBuilder('_time', 'time', table.length)
  const value = new ColumnBuilder('_value', 'float', table.length)
  for (let i = 0; i < table.length; i++) {
    const [t, v] = [times[i]!, values[i]!]
    if (i > 0) {
      const [t0, v0] = [times[i - 1]!, values[i - 1]!]
      for (let n = grid.last(t0) + 1n; grid.at(n).startNs < t; n++) {
        const at = grid.at(n).startNs
        if (at <= t0) continue
        time.push(at)
        value.push(v0 + ((v - v0) * Number(at - t0)) / Number(t - t0))
      }
    }
    time.push(t)
    value.push(v)
  }
  const keys = table.key.columns.map((key) => Column.constant(key.label, key.type, key.value, time.length))
  return new Table(table.key, [...keys, time.build(), value.build()], time.length)
}

function points(table: Table): { readonly times: BigInt64Array; readonly values: Float64Array } {
  const time = table.column('_time')
  const value = table.column('_value')
  if (time === undefined || value === undefined)
    throw new FluxError('invalid', `column "${time === undefined ? '_time' : '_value'}" does not exist`)
  if (value.type !== 'float')
    throw new FluxError('invalid', `cannot interpolate column _value: it is of type ${value.type}`)
  const others = table.columns.filter(({ label }) => label !== '_time' && label !== '_value' && !table.key.has(label))
  if (others.length > 0) throw new UnsupportedError(`interpolate.linear with the column ${others[0]!.label}`)
  if (table.key.has('_time') || table.key.has('_value') || time.type !== 'time')
    throw new UnsupportedError('interpolate.linear of such columns')
  if (time.nulls?.includes(1) || value.nulls?.includes(1)) throw new UnsupportedError('interpolate.linear over nulls')
  const times = time.data as BigInt64Array
  for (let i = 1; i < table.length; i++)
    if (times[i]! <= times[i - 1]!) throw new UnsupportedError('interpolate.linear of times that do not ascend')
  return { times, values: value.data as Float64Array }
}
