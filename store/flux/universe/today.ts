import { floorDiv, nsPerDay } from '../../../lib/time/calendar.ts'
import { UnsupportedError } from '../errors.ts'
import { Time } from '../values.ts'
import { wallClockOf } from '../window/bounds.ts'
import { type CallContext, define } from './define.ts'

/** Midnight UTC of the day of `now()`. @throws UnsupportedError under an `option location`, for which nothing is recorded */
export function todayNs(context: CallContext): bigint {
  const { zone, offset } = wallClockOf(context.option('location'))
  if (zone !== null || !offset.isZero) throw new UnsupportedError('today() with an option location')
  return floorDiv(context.nowNs(), nsPerDay) * nsPerDay
}

export default define({
  package: '',
  name: 'today',
  parameters: [],
  note: 'refused under an option location',
  call: (_args, context) => new Time(todayNs(context)),
})
