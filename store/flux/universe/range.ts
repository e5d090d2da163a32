import { Duration } from '../../../lib/time/duration.ts'
import type { Arguments } from '../arguments.ts'
import { kindOf } from '../arguments.ts'
import { Column } from '../column.ts'
import { FluxError } from '../errors.ts'
import { GroupKey, type KeyColumn } from '../group-key.ts'
import { type Bounds, boundColumns, ReadStream } from '../read-stream.ts'
import { makeStream } from '../stream.ts'
import { Table } from '../table.ts'
import { Time, type Value } from '../values.ts'
import { clipped } from '../window/bounds.ts'
import { type CallContext, define } from './define.ts'

const nsPerSecond = 1_000_000_000n

/** A bound: an instant, a duration from now (a month counts 30.4375 days), or whole seconds since 1970. */
export function boundNs(value: Value, context: CallContext): bigint {
  if (value instanceof Time) return value.ns
  if (value instanceof Duration) return context.nowNs() + value.approximateNs()
  if (typeof value === 'bigint') return value * nsPerSecond
  throw new FluxError('invalid', `value is not a time, got ${kindOf(value)}`)
}

export function rangeBounds(args: Arguments, context: CallContext): Bounds {
  const stop = args.has('stop') ? boundNs(args.value('stop'), context) : context.nowNs()
  return { startNs: boundNs(args.value('start'), context), stopNs: stop }
}

export default define({
  package: '',
  name: 'range',
  parameters: [{ name: 'tables', pipe: true }, { name: 'start', required: true }, { name: 'stop' }],
  call: (args, context) => {
    const input = args.stream()
    const bounds = rangeBounds(args, context)
    if (input instanceof ReadStream) return input.ranged(bounds)
    const within = input.bounds === null ? bounds : clipped(bounds, input.bounds)
    return makeStream(
      context,
      'range',
      function* () {
        for (const table of input.tables()) yield ranged(table, bounds, within)
      },
      within,
    )
  },
})

/**
 * Keeps rows within the bounds and puts the bounds into the key; bounds that are there already are narrowed. Rows are judged by
 * the ranges of the script alone: one whose table says less in its key, as tables out of CSV may, stays.
 */
function ranged(table: Table, asked: Bounds, within: Bounds): Table {
  const time = table.column('_time')
  if (time === undefined) throw new FluxError('invalid', "range error: supplied time column _time doesn't exist")
  if (time.type !== 'time') throw new FluxError('invalid', 'range error: provided column _time is not of type time')
  const bounds = narrowed(table, asked)
  const indices = new Int32Array(table.length)
  let count = 0
  const data = time.data as BigInt64Array
  for (let i = 0; i < table.length; i++)
    if (!time.isNull(i) && data[i]! >= within.startNs && data[i]! < within.stopNs) indices[count++] = i
  const kept = count === table.length ? table : table.take(indices.subarray(0, count))
  const added = boundColumns(bounds)
  const others = kept.columns.filter(({ label }) => label !== '_start' && label !== '_stop')
  const key = new GroupKey([
    ...added,
    ...table.key.columns.filter(({ label }) => label !== '_start' && label !== '_stop'),
  ])
  return new Table(key, [...added.map((column) => constantOf(column, count)), ...others], count)
}

const constantOf = ({ label, type, value }: KeyColumn, length: number): Column =>
  Column.constant(label, type, value, length)

function narrowed(table: Table, asked: Bounds): Bounds {
  const start = table.key.column('_start')
  const stop = table.key.column('_stop')
  if (typeof start?.value !== 'bigint' || typeof stop?.value !== 'bigint') return asked
  const startNs = start.value > asked.startNs ? start.value : asked.startNs
  const stopNs = stop.value < asked.stopNs ? stop.value : asked.stopNs
  // Disjoint bounds leave nothing; the real server writes 1970 for both.
  return startNs < stopNs ? { startNs, stopNs } : { startNs: 0n, stopNs: 0n }
}
