import { FluxError } from '../errors.ts'
import { makeStream, type TableStream } from '../stream.ts'
import { type CallContext, define } from './define.ts'

/** A count or an offset as a row number that no table reaches. */
const rows = (value: bigint): number => (value > 0x7fff_ffffn ? 0x7fff_ffff : value < 0n ? 0 : Number(value))

const parameters = [{ name: 'tables', pipe: true }, { name: 'n', required: true }, { name: 'offset' }]

export const limit = define({
  package: '',
  name: 'limit',
  parameters,
  call: (args, context) => {
    const offset = args.optional('offset', args.int) ?? 0n
    if (offset < 0n) throw new FluxError('invalid', `limit offset cannot be negative (${offset})`)
    return limited(args.stream(), args.int('n'), offset, context)
  },
})

/** The rows offset … offset + n − 1 of every table. */
export function limited(input: TableStream, n: bigint, offset: bigint, context: CallContext): TableStream {
  const start = rows(offset)
  const end = start + rows(n)
  return makeStream(context, 'limit', function* () {
    for (const table of input.tables()) {
      // InfluxDB gives no table where the offset leaves none of the rows, but an empty one where none are asked for.
      if (table.length > 0 && end > start && table.length <= start) continue
      yield start === 0 && table.length <= end
        ? table
        : table.slice(Math.min(start, table.length), Math.min(end, table.length))
    }
  })
}

/** The n rows before the last `offset` ones of every table. */
export const tail = define({
  package: '',
  name: 'tail',
  parameters,
  call: (args, context) => {
    const input = args.stream()
    const n = rows(args.int('n'))
    const given = args.optional('offset', args.int) ?? 0n
    if (given < 0n) throw new FluxError('invalid', `tail offset cannot be negative (${given})`)
    const offset = rows(given)
    return makeStream(context, 'tail', function* () {
      for (const table of input.tables()) {
        const end = Math.max(0, table.length - offset)
        yield table.slice(Math.max(0, end - n), end)
      }
    })
  },
})
