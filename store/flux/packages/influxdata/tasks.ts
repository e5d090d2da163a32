import { define } from '../../universe/define.ts'
import { Time } from '../../values.ts'
import { instantOf } from '../date/wall-time.ts'

const packagePath = 'influxdata/influxdb/tasks'

/** When the task last ran well, or `orTime`: a script that no task runs has never run before. */
export default define({
  package: packagePath,
  name: 'lastSuccess',
  parameters: [{ name: 'orTime', required: true }],
  call: (args, context) => {
    const last = context.option('lastSuccessTime', packagePath)
    return last instanceof Time && last.ns !== 0n ? last : new Time(instantOf(args, 'orTime', context))
  },
})
