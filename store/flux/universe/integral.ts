import type { Arguments } from '../arguments.ts'
import { Column } from '../column.ts'
import { FluxError } from '../errors.ts'
import { makeStream, type TableStream } from '../stream.ts'
import type { Table } from '../table.ts'
import { columnOf, oneRow } from './aggregate.ts'
import { type CallContext, define } from './define.ts'
import { doublesOf } from './number-cells.ts'
import { difference64, halvesOf, timesOf, unitNsOf } from './time-cells.ts'

interface IntegralOptions {
  readonly label: string
  readonly timeColumn: string
  readonly unitNs: number
  /** Carries the first and the last slope on to the bounds of the table. */
  readonly interpolate: boolean
}

/** Area under the points by trapezoids, in the values' unit times `unit`. Gaps are passed over, and a time that repeats. */
export const integral = define({
  package: '',
  name: 'integral',
  parameters: [
    { name: 'tables', pipe: true },
    { name: 'unit' },
    { name: 'timeColumn' },
    { name: 'column' },
    { name: 'interpolate' },
  ],
  call: (args, context) => {
    const interpolate = args.optional('interpolate', args.string) === 'linear'
    return integralStream('integral', args, context, interpolate)
  },
})

/** Mean of the values weighed by the time they last, with straight lines between them; 0 without a point, as `integral` has it. */
export const timeWeightedAvg = define({
  package: '',
  name: 'timeWeightedAvg',
  parameters: [
    { name: 'tables', pipe: true },
    { name: 'unit', required: true },
  ],
  call: (args, context) => {
    const unitNs = unitNsOf(args)
    const integrals = integralStream('timeWeightedAvg', args, context, true)
    return makeStream(context, 'timeWeightedAvg', function* () {
      for (const table of integrals.tables()) {
        const { start, stop } = boundsOf(table)
        const area = table.column('_value')!.at(0) as number
        const mean = (area * unitNs) / Number(stop - start)
        yield table.with(
          table.columns.map((column) =>
            column.label === '_value' ? Column.constant('_value', 'float', mean, 1) : column,
          ),
        )
      }
    })
  },
})

function integralStream(name: string, args: Arguments, context: CallContext, interpolate: boolean): TableStream {
  const input = args.stream()
  const options = {
    label: columnOf(args),
    timeColumn: args.optional('timeColumn', args.string) ?? '_time',
    unitNs: unitNsOf(args),
    interpolate,
  }
  return makeStream(context, name, function* () {
    for (const table of input.tables())
      yield oneRow(table, [Column.constant(options.label, 'float', integralOf(table, options), 1)])
  })
}

function boundsOf({ key }: Table): { readonly start: bigint; readonly stop: bigint } {
  const [start, stop] = ['_start', '_stop'].map((label) => {
    const bound = key.column(label)
    if (bound === undefined)
      throw new FluxError('invalid', `integral function needs ${label} column to be part of group key`)
    return bound.value
  })
  if (typeof start !== 'bigint' || typeof stop !== 'bigint')
    throw new FluxError('invalid', 'integral function needs _start and _stop to be times')
  return { start, stop }
}

function integralOf(table: Table, { label, timeColumn, unitNs, interpolate }: IntegralOptions): number {
  const { start, stop } = boundsOf(table)
  const column = table.column(label)
  if (column === undefined) throw new FluxError('invalid', `column "${label}" does not exist`)
  if (table.key.has(label)) throw new FluxError('invalid', 'cannot aggregate columns that are part of the group key')
  if (column.type !== 'float' && column.type !== 'int' && column.type !== 'uint')
    throw new FluxError('invalid', `cannot perform integral over ${column.type}`)
  const times = timesOf(table, timeColumn, 'integral')
  const halves = halvesOf(times)
  const values = doublesOf(column)
  const { nulls } = column
  let sum = 0
  let points = 0
  let before = -1 // the last point but one
  let last = -1
  for (let i = 0; i < values.length; i++) {
    if (i > 0) {
      const step = difference64(halves, i - 1, i)
      if (step < 0) throw new FluxError('invalid', 'integral found out-of-order times in time column')
      if (step === 0) continue
    }
    if (nulls !== null && nulls[i] === 1) continue
    if (points > 0) sum += (0.5 * (values[i]! + values[last]!) * difference64(halves, last, i)) / unitNs
    if (points === 1 && interpolate && (times.at(last) as bigint) > start)
      sum +=
        extension(values, last, i, last, difference64(halves, last, i), Number(start - (times.at(last) as bigint))) /
        unitNs
    before = last
    last = i
    points++
  }
  if (points === 0) return 0
  if (points === 1) return interpolate ? (values[last]! * Number(stop - start)) / unitNs : 0
  if (!interpolate) return sum
  const width = Number(stop - (times.at(last) as bigint))
  return sum + extension(values, before, last, last, difference64(halves, before, last), width) / unitNs
}

/** The area beside point `at` on the line through points a and b, `runNs` apart. @param widthNs negative: on the left */
function extension(values: Float64Array, a: number, b: number, at: number, runNs: number, widthNs: number): number {
  const y = values[at]! + ((values[b]! - values[a]!) / runNs) * widthNs
  return 0.5 * (y + values[at]!) * Math.abs(widthNs)
}
