import { FluxError } from '../errors.ts'
import { CollectedTables } from '../grouping/collected.ts'
import { makeStream, TableStream } from '../stream.ts'
import { define } from './define.ts'

/** The tables of several streams, as they come; those of one key become one. */
export default define({
  package: '',
  name: 'union',
  parameters: [{ name: 'tables', required: true }],
  call: (args, context) => {
    const streams = args.array('tables').elements
    if (streams.length < 2) throw new FluxError('invalid', 'union must have at least two streams as input')
    const inputs = streams.map((stream) => {
      if (!(stream instanceof TableStream)) throw new FluxError('invalid', 'input to union is not a table object')
      return stream
    })
    const result = makeStream(context, 'union', function* () {
      const collected = new CollectedTables(context.budget)
      for (const input of inputs) for (const table of input.tables()) collected.add(table)
      yield* collected.asTheyCame()
    })
    result.inheritBounds(inputs)
    return result
  },
})
