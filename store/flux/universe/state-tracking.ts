import type { Arguments } from '../arguments.ts'
import { Column } from '../column.ts'
import { FluxError } from '../errors.ts'
import { rowPredicate } from '../row-function.ts'
import { makeStream, type TableStream } from '../stream.ts'
import type { Table } from '../table.ts'
import { type CallContext, define } from './define.ts'

interface Tracking {
  readonly countColumn?: string | undefined
  readonly durationColumn?: string | undefined
  readonly unitNs: bigint
  readonly timeColumn: string
}

/** How many rows, and how long, a condition has held: −1 while it does not. A null is no. */
function trackedStream(name: string, args: Arguments, tracking: Tracking, context: CallContext): TableStream {
  const input = args.stream()
  const fn = args.function('fn')
  if (tracking.durationColumn !== undefined && tracking.unitNs <= 0n)
    throw new FluxError('invalid', 'state tracking duration unit must be greater than zero')
  return makeStream(context, name, function* () {
    const predicate = rowPredicate(fn, context)
    for (const table of input.tables()) {
      const holds = predicate(table)
      const matches = new Uint8Array(table.length)
      for (let i = 0; i < matches.length; i++) matches[i] = holds(i) === true ? 1 : 0
      yield trackedTable(table, matches, tracking)
    }
  })
}

function trackedTable(table: Table, matches: Uint8Array, tracking: Tracking): Table {
  const { countColumn, durationColumn, unitNs, timeColumn } = tracking
  const times = table.column(timeColumn)
  if (times === undefined) throw new FluxError('invalid', `column "${timeColumn}" does not exist`)
  for (const label of [countColumn, durationColumn])
    if (label !== undefined && table.column(label) !== undefined)
      throw new FluxError('invalid', `column "${label}" already exists`)
  const columns = [...table.columns]
  if (countColumn !== undefined) columns.push(Column.of(countColumn, 'int', countsOf(matches)))
  if (durationColumn !== undefined) columns.push(Column.of(durationColumn, 'int', durationsOf(matches, times, unitNs)))
  return table.with(columns)
}

/** 1 in the first row that matches, then one more per row. */
function countsOf(matches: Uint8Array): BigInt64Array {
  const counts = new BigInt64Array(matches.length)
  let count = 0
  for (let i = 0; i < matches.length; i++) {
    count = matches[i] === 1 ? count + 1 : 0
    counts[i] = count === 0 ? -1n : BigInt(count)
  }
  return counts
}

/** Whole units since the first row that matches. @throws FluxError when time goes back or has a gap */
function durationsOf(matches: Uint8Array, times: Column, unitNs: bigint): BigInt64Array {
  if (times.type !== 'time') throw new FluxError('invalid', `column "${times.label}" is not of type time`)
  if (times.nulls?.includes(1)) throw new FluxError('invalid', 'got a null timestamp')
  const ns = times.data as BigInt64Array
  const durations = new BigInt64Array(matches.length)
  let start = 0n
  for (let i = 0; i < matches.length; i++) {
    if (i > 0 && ns[i]! < ns[i - 1]!) throw new FluxError('invalid', 'got an out-of-order timestamp')
    if (matches[i] === 1 && (i === 0 || matches[i - 1] === 0)) start = ns[i]!
    durations[i] = matches[i] === 1 ? (ns[i]! - start) / unitNs : -1n
  }
  return durations
}

const oneSecondNs = 1_000_000_000n
const unitNs = (args: Arguments, name: string): bigint =>
  args.optional(name, args.duration)?.approximateNs() ?? oneSecondNs
const nameOf = (args: Arguments, name: string): string | undefined => args.optional(name, args.string) || undefined

export const stateTracking = define({
  package: '',
  name: 'stateTracking',
  parameters: [
    { name: 'tables', pipe: true },
    { name: 'fn', required: true },
    { name: 'countColumn' },
    { name: 'durationColumn' },
    { name: 'durationUnit' },
    { name: 'timeColumn' },
  ],
  call: (args, context) => {
    const tracking = {
      countColumn: nameOf(args, 'countColumn'),
      durationColumn: nameOf(args, 'durationColumn'),
      unitNs: unitNs(args, 'durationUnit'),
      timeColumn: args.optional('timeColumn', args.string) ?? '_time',
    }
    return trackedStream('stateTracking', args, tracking, context)
  },
})

export const stateCount = define({
  package: '',
  name: 'stateCount',
  parameters: [{ name: 'tables', pipe: true }, { name: 'fn', required: true }, { name: 'column' }],
  call: (args, context) => {
    const countColumn = args.optional('column', args.string) ?? 'stateCount'
    return trackedStream('stateCount', args, { countColumn, unitNs: oneSecondNs, timeColumn: '_time' }, context)
  },
})

export const stateDuration = define({
  package: '',
  name: 'stateDuration',
  parameters: [
    { name: 'tables', pipe: true },
    { name: 'fn', required: true },
    { name: 'column' },
    { name: 'timeColumn' },
    { name: 'unit' },
  ],
  call: (args, context) => {
    const tracking = {
      durationColumn: args.optional('column', args.string) ?? 'stateDuration',
      unitNs: unitNs(args, 'unit'),
      timeColumn: args.optional('timeColumn', args.string) ?? '_time',
    }
    return trackedStream('stateDuration', args, tracking, context)
  },
})
