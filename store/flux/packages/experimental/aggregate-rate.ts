import { Arguments } from '../../arguments.ts'
import { FluxError } from '../../errors.ts'
import { TableStream } from '../../stream.ts'
import { type CallContext, define } from '../../universe/define.ts'
import { FluxArray, FluxFunction, type Value } from '../../values.ts'
import { callUniverse } from '../call-universe.ts'
import { experimentalStreams } from './streams.ts'

/** What a window of rates becomes: the mean of every series, then the sum over each group. */
class MeanThenSum extends FluxFunction {
  readonly name = 'rate'
  readonly parameters = ['tables', 'column']
  readonly pipe = 'tables'

  constructor(readonly groupColumns: readonly string[]) {
    super()
  }

  call(args: ReadonlyMap<string, Value>, context: CallContext): Value {
    const tables = args.get('tables')
    const column = args.get('column') ?? '_value'
    if (!(tables instanceof TableStream)) throw new FluxError('invalid', 'rate needs a stream of tables')
    const means = callUniverse('mean', tables, { column }, context)
    const grouped = callUniverse('group', means, { columns: new FluxArray(this.groupColumns) }, context)
    return callUniverse('sum', extended(grouped, context), {}, context)
  }
}

/** With the bounds of the window in the group key. */
function extended(tables: TableStream, context: CallContext): TableStream {
  const group = experimentalStreams.find(({ name }) => name === 'group')!
  const columns = new FluxArray(['_start', '_stop'])
  const args = new Map<string, Value>([
    ['tables', tables],
    ['columns', columns],
    ['mode', 'extend'],
  ])
  const stream = group.call(new Arguments('group', args), context) as TableStream
  stream.inheritBounds([tables])
  return stream
}

/** How fast counters grow, per window, summed over groups; a counter that falls was set back. */
export default define({
  package: 'experimental/aggregate',
  name: 'rate',
  parameters: [
    { name: 'tables', pipe: true },
    { name: 'every', required: true },
    { name: 'groupColumns' },
    { name: 'unit' },
  ],
  call: (args, context) => {
    const unit = args.optional('unit', args.duration)
    const rates = callUniverse(
      'derivative',
      args.stream(),
      unit === undefined ? { nonNegative: true } : { nonNegative: true, unit },
      context,
    )
    const fn = new MeanThenSum(args.optional('groupColumns', args.strings) ?? [])
    return callUniverse('aggregateWindow', rates, { every: args.duration('every'), fn }, context)
  },
})
