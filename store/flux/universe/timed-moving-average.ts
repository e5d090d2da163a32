import { callUniverse } from '../packages/call-universe.ts'
import { columnOf } from './aggregate.ts'
import { infinity } from './constants.ts'
import { define } from './define.ts'

/** Mean of every window of length `period`, one each `every`, at the window's end. */
export const timedMovingAverage = define({
  package: '',
  name: 'timedMovingAverage',
  parameters: [
    { name: 'tables', pipe: true },
    { name: 'every', required: true },
    { name: 'period', required: true },
    { name: 'column' },
  ],
  call: (args, context) => {
    const spans = { every: args.duration('every'), period: args.duration('period') }
    const windows = callUniverse('window', args.stream(), spans, context)
    const means = callUniverse('mean', windows, { column: columnOf(args) }, context)
    const timed = callUniverse('duplicate', means, { column: '_stop', as: '_time' }, context)
    return callUniverse('window', timed, { every: infinity }, context)
  },
})
