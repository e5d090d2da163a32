import { dateOfNs, daysOfDate, floorDiv, nsPerDay } from '../../../../lib/time/calendar.ts'
import { type Builtin, define } from '../../universe/define.ts'
import { clockOf, instantOf, localNs } from './wall-time.ts'

const modulo = (a: bigint, b: bigint): bigint => ((a % b) + b) % b
const nsPerSecond = 1_000_000_000n

const daysOf = (ns: bigint): number => Number(floorDiv(ns, nsPerDay))
/** 1970-01-01 was a Thursday. */
const weekDayOf = (ns: bigint): number => (((daysOf(ns) + 4) % 7) + 7) % 7

/** The ISO week: that of the Thursday of the same week. */
function isoWeek(ns: bigint): number {
  const days = daysOf(ns)
  const thursday = days - ((weekDayOf(ns) + 6) % 7) + 3
  const { year } = dateOfNs(BigInt(thursday) * nsPerDay)
  return Math.floor((thursday - daysOfDate(year, 1, 1)) / 7) + 1
}

/** Parts of what a clock shows. */
const parts: Readonly<Record<string, (local: bigint) => number | bigint>> = {
  year: (ns) => dateOfNs(ns).year,
  quarter: (ns) => Math.floor((dateOfNs(ns).month - 1) / 3) + 1,
  month: (ns) => dateOfNs(ns).month,
  week: isoWeek,
  monthDay: (ns) => dateOfNs(ns).day,
  yearDay: (ns) => daysOf(ns) - daysOfDate(dateOfNs(ns).year, 1, 1) + 1,
  weekDay: weekDayOf,
  hour: (ns) => modulo(ns, nsPerDay) / 3_600_000_000_000n,
  minute: (ns) => modulo(ns, 3_600_000_000_000n) / 60_000_000_000n,
  second: (ns) => modulo(ns, 60_000_000_000n) / nsPerSecond,
  millisecond: (ns) => modulo(ns, nsPerSecond) / 1_000_000n,
  microsecond: (ns) => modulo(ns, nsPerSecond) / 1_000n,
  nanosecond: (ns) => modulo(ns, nsPerSecond),
}

/** `date.year` … `date.nanosecond`: of a time or a duration from now, on the clock of a place. */
export const dateParts: readonly Builtin[] = Object.entries(parts).map(([name, part]) =>
  define({
    package: 'date',
    name,
    parameters: [{ name: 't', required: true }, { name: 'location' }],
    call: (args, context) => BigInt(part(localNs(instantOf(args, 't', context), clockOf(args, context)))),
  }),
)
