import { FluxError } from '../errors.ts'
import { makeStream } from '../stream.ts'
import { columnOf } from './aggregate.ts'
import { define } from './define.ts'

/** Every nth row from `pos` on, gaps included; from a row chosen by chance when `pos` is left out, as InfluxDB does. */
export const sample = define({
  package: '',
  name: 'sample',
  parameters: [{ name: 'tables', pipe: true }, { name: 'n', required: true }, { name: 'pos' }, { name: 'column' }],
  call: (args, context) => {
    const input = args.stream()
    const n = args.int('n')
    const pos = args.optional('pos', args.int) ?? -1n
    const label = columnOf(args)
    if (n <= 0n) throw new FluxError('invalid', `n must be a positive integer, but was ${n}`)
    if (pos >= n) throw new FluxError('invalid', `pos must be less than n, but ${pos} >= ${n}`)
    return makeStream(context, 'sample', function* () {
      const step = Number(n)
      for (const table of input.tables()) {
        if (table.column(label) === undefined) throw new FluxError('invalid', `no column "${label}" exists`)
        const start = pos < 0n ? Math.floor(Math.random() * step) : Number(pos)
        const rows = new Int32Array(Math.max(0, Math.ceil((table.length - start) / step)))
        for (let i = 0; i < rows.length; i++) rows[i] = start + i * step
        yield table.take(rows)
      }
    })
  },
})
