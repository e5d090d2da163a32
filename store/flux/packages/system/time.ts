import { define } from '../../universe/define.ts'
import { Time } from '../../values.ts'

/** The time of the machine's clock, whatever `now()` says. */
export default define({
  package: 'system',
  name: 'time',
  parameters: [],
  call: () => new Time(BigInt(Date.now()) * 1_000_000n),
})
