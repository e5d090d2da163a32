import { FluxError } from '../errors.ts'
import { type Aggregate, aggregateStream, columnOf } from './aggregate.ts'
import { define } from './define.ts'
import { presentDoubles } from './number-cells.ts'

const divisors = { sample: 1, population: 0 } as const

/** NaN, not null, for the sample deviation of a single value. @see Welford (1962), Technometrics 4(3) */
export const stddevAggregate = (mode: keyof typeof divisors = 'sample'): Aggregate => ({
  name: 'stddev',
  resultType: (input) => (input === 'float' || input === 'int' || input === 'uint' ? 'float' : null),
  compute: (column, from, to) => {
    const values = presentDoubles(column, from, to)
    if (values.length === 0) return null
    let mean = 0
    let m2 = 0
    for (let i = 0; i < values.length; i++) {
      const delta = values[i]! - mean
      mean += delta / (i + 1)
      m2 += delta * (values[i]! - mean)
    }
    const n = values.length - divisors[mode]
    return n < 1 ? Number.NaN : Math.sqrt(m2 / n)
  },
})

export const stddev = define({
  package: '',
  name: 'stddev',
  parameters: [{ name: 'tables', pipe: true }, { name: 'column' }, { name: 'mode' }],
  call: (args, context) => {
    const mode = args.optional('mode', args.string) ?? 'sample'
    if (mode !== 'sample' && mode !== 'population')
      throw new FluxError('invalid', `"${mode}" is not a valid standard deviation mode`)
    return aggregateStream(args.stream(), columnOf(args), stddevAggregate(mode), context)
  },
})
