import { FluxError } from '../errors.ts'
import { ReadStream } from '../read-stream.ts'
import { define } from './define.ts'

export default define({
  package: '',
  name: 'from',
  parameters: [{ name: 'bucket' }, { name: 'bucketID' }],
  note: 'reads this store only: host, org, orgID and token are refused',
  call: (args, context) => {
    const name = args.optional('bucket', args.string)
    const id = args.optional('bucketID', args.string)
    if (name !== undefined && id !== undefined)
      throw new FluxError('invalid', 'must specify only one of bucket or bucketID')
    if (name === undefined && id === undefined) throw new FluxError('invalid', 'must specify bucket or bucketID')
    const bucket = name !== undefined ? { name } : { id: id! }
    return new ReadStream(
      context,
      { bucket, bounds: null, predicate: null },
      { name: context.callName ?? 'from', location: context.location },
    )
  },
})
