import { kindOf } from '../../arguments.ts'
import { Column } from '../../column.ts'
import { FluxError } from '../../errors.ts'
import { GroupKey } from '../../group-key.ts'
import { makeStream } from '../../stream.ts'
import { Table } from '../../table.ts'
import { define } from '../../universe/define.ts'

/** Rows at even distances, their values computed from their numbers. */
export default define({
  package: 'generate',
  name: 'from',
  parameters: ['count', 'fn', 'start', 'stop'].map((name) => ({ name, required: true })),
  call: (args, context) => {
    const count = args.int('count')
    const fn = args.function('fn')
    const start = args.time('start').ns
    const stop = args.time('stop').ns
    if (count <= 0n) throw new FluxError('invalid', `count must be positive, got ${count}`)
    return makeStream(context, 'from', function* () {
      context.budget.charge(Number(count), Number(count) * 16)
      const step = (stop - start) / count
      const times = Array.from({ length: Number(count) }, (_, i) => start + BigInt(i) * step)
      const values = times.map((_, i) => {
        const value = fn.call(new Map([['n', BigInt(i)]]), context)
        if (typeof value !== 'bigint') throw new FluxError('invalid', `fn must return an int, got ${kindOf(value)}`)
        return value
      })
      yield new Table(
        GroupKey.empty,
        [Column.from('_time', 'time', times), Column.from('_value', 'int', values)],
        times.length,
      )
    })
  },
})
