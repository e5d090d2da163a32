import { dateOfNs, nsPerDay } from '../../../../lib/time/calendar.ts'
import { Duration } from '../../../../lib/time/duration.ts'
import type { Arguments } from '../../arguments.ts'
import { type Builtin, define } from '../../universe/define.ts'
import { todayNs } from '../../universe/today.ts'
import { FluxRecord, Time } from '../../values.ts'
import { plus } from '../../window/bounds.ts'

const packagePath = 'experimental/date/boundaries'
const week = 7n * nsPerDay

const between = (startNs: bigint, stopNs: bigint): FluxRecord =>
  new FluxRecord(
    new Map([
      ['start', new Time(startNs)],
      ['stop', new Time(stopNs)],
    ]),
  )

/** Sunday is 0; 1970-01-01 was a Thursday. */
const weekDay = (ns: bigint): bigint => (((ns / nsPerDay + 4n) % 7n) + 7n) % 7n

/** The last such day before `day`: a day of that name is a week away from itself. */
function lastBefore(day: bigint, wanted: bigint): bigint {
  const back = (((weekDay(day) - wanted) % 7n) + 7n) % 7n
  return day - (back === 0n ? 7n : back) * nsPerDay
}

const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

const offset = (args: Arguments, name: string): bigint => args.optional(name, args.int) ?? 0n

/** Beginning and end of days, weeks and months around now. */
export const boundaries: readonly Builtin[] = [
  ...days.map((name, i) =>
    define({
      package: packagePath,
      name,
      parameters: [],
      call: (_args, context) => {
        const start = lastBefore(todayNs(context), BigInt(i))
        return between(start, start + nsPerDay)
      },
    }),
  ),
  define({
    package: packagePath,
    name: 'yesterday',
    parameters: [],
    call: (_args, context) => between(todayNs(context) - nsPerDay, todayNs(context)),
  }),
  define({
    package: packagePath,
    name: 'week',
    parameters: [{ name: 'week_offset' }, { name: 'start_sunday' }],
    call: (args, context) => {
      const day = todayNs(context) + offset(args, 'week_offset') * week
      const first = args.optional('start_sunday', args.bool) === true ? 0n : 1n
      const start = weekDay(day) === first ? day : lastBefore(day, first)
      return between(start, start + week)
    },
  }),
  define({
    package: packagePath,
    name: 'month',
    parameters: [{ name: 'month_offset' }],
    call: (args, context) => {
      const day = todayNs(context)
      const first = monthStart(day)
      const start = plus(first, new Duration(offset(args, 'month_offset'), 0n))
      return between(start, plus(start, new Duration(1n, 0n)))
    },
  }),
]

function monthStart(day: bigint): bigint {
  const { day: dayOfMonth } = dateOfNs(day)
  return day - BigInt(dayOfMonth - 1) * nsPerDay
}
