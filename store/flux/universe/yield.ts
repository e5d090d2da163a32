import { TableStream } from '../stream.ts'
import { define } from './define.ts'

/** The stream goes on unchanged; a stream of its own, so that a chain may be yielded at several places. */
export default define({
  package: '',
  name: 'yield',
  parameters: [{ name: 'tables', pipe: true }, { name: 'name' }],
  call: (args, context) => {
    const input = args.stream()
    const stream = new TableStream(input.tables, input.origin)
    context.addResult(args.optional('name', args.string) ?? '_result', stream)
    return stream
  },
})
