import { Duration } from '../../../../lib/time/duration.ts'
import { type Arguments, kindOf } from '../../arguments.ts'
import { FluxError } from '../../errors.ts'
import type { CallContext } from '../../universe/define.ts'
import { Time } from '../../values.ts'
import { plus, type WallClock, wallClockOf } from '../../window/bounds.ts'

/** An instant, or a duration from now; months count by the calendar. */
export function instantOf(args: Arguments, name: string, context: CallContext): bigint {
  const value = args.value(name)
  if (value instanceof Time) return value.ns
  if (value instanceof Duration) return plus(context.nowNs(), value)
  throw new FluxError('invalid', `cannot use ${kindOf(value)} as a time: "${name}" must be a time or a duration`)
}

/** The place of a call: its own `location`, else the option. */
export const clockOf = (args: Arguments, context: CallContext): WallClock =>
  wallClockOf(args.has('location') ? args.value('location') : context.option('location'))

/** What a clock of that place shows, as nanoseconds since 1970. */
export function localNs(ns: bigint, { zone, offset }: WallClock): bigint {
  return plus(zone === null ? ns : zone.toLocal(ns), offset)
}

/** The instant at which that clock shows `local`. */
export function instantAt(local: bigint, { zone, offset }: WallClock): bigint {
  const shown = plus(local, offset.negate())
  return zone === null ? shown : zone.toUtc(shown)
}
