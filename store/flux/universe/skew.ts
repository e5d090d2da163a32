import { type Aggregate, aggregateFunction } from './aggregate.ts'
import { presentDoubles } from './number-cells.ts'

/** Skewness of the population, √n·M₃ / M₂^1.5; NaN for one value and for values without spread. @see Pébay (2008), SAND2008-6212 */
export const skewAggregate: Aggregate = {
  name: 'skew',
  resultType: (input) => (input === 'float' || input === 'int' || input === 'uint' ? 'float' : null),
  compute: (column, from, to) => {
    const values = presentDoubles(column, from, to)
    if (values.length === 0) return null
    let mean = 0
    let m2 = 0
    let m3 = 0
    for (let i = 0; i < values.length; i++) {
      const n = i + 1
      const delta = values[i]! - mean
      const step = delta / n
      const term = delta * step * i
      m3 += term * step * (n - 2) - 3 * step * m2
      m2 += term
      mean += step
    }
    return values.length < 2 ? Number.NaN : (Math.sqrt(values.length) * m3) / m2 ** 1.5
  },
}

export const skew = aggregateFunction(skewAggregate)
