import { nsPerDay } from '../../../lib/time/calendar.ts'
import { FluxError } from '../errors.ts'
import { makeStream } from '../stream.ts'
import { plus, wallClockOf } from '../window/bounds.ts'
import { define } from './define.ts'

const nsPerHour = 3_600_000_000_000n

/** Rows whose hour on the wall is from start to stop, both included, over midnight where start is the later one. */
export default define({
  package: '',
  name: 'hourSelection',
  parameters: [
    { name: 'tables', pipe: true },
    { name: 'start', required: true },
    { name: 'stop', required: true },
    { name: 'location' },
    { name: 'timeColumn' },
  ],
  call: (args, context) => {
    const input = args.stream()
    const start = args.int('start')
    const stop = args.int('stop')
    const label = args.optional('timeColumn', args.string) ?? '_time'
    const { zone, offset } = wallClockOf(args.has('location') ? args.value('location') : context.option('location'))
    const hourOf = (ns: bigint): bigint => {
      const ofDay = plus(zone === null ? ns : zone.toLocal(ns), offset) % nsPerDay
      return (ofDay < 0n ? ofDay + nsPerDay : ofDay) / nsPerHour
    }
    const selected = (hour: bigint): boolean =>
      start <= stop ? hour >= start && hour <= stop : hour >= start || hour <= stop
    return makeStream(context, 'hourSelection', function* () {
      for (const table of input.tables()) {
        const time = table.column(label)
        if (time === undefined || time.type !== 'time') throw new FluxError('invalid', 'invalid time column')
        if (start < 0n || start > 23n) throw new FluxError('invalid', 'start must be between 0 and 23')
        if (stop < 0n || stop > 23n) throw new FluxError('invalid', 'stop must be between 0 and 23')
        const times = time.data as BigInt64Array
        const rows = new Int32Array(table.length)
        let count = 0
        for (let row = 0; row < table.length; row++)
          if (!time.isNull(row) && selected(hourOf(times[row]!))) rows[count++] = row
        yield count === table.length ? table : table.take(rows.subarray(0, count))
      }
    })
  },
})
