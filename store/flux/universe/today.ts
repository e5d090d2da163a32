import { floorDiv, nsPerDay } from '../../../lib/time/calendar.ts'
import { Time } from '../values.ts'
import { define } from './define.ts'

/** Midnight UTC of the day of `now()`. */
export default define({
  package: '',
  name: 'today',
  parameters: [],
  call: (_args, context) => new Time(floorDiv(context.nowNs(), nsPerDay) * nsPerDay),
})
