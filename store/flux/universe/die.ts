import { FluxError } from '../errors.ts'
import { define } from './define.ts'

/** Ends the script with the message. */
export default define({
  package: '',
  name: 'die',
  parameters: [{ name: 'msg', required: true }],
  call: (args) => {
    throw new FluxError('invalid', args.string('msg'))
  },
})
