import { type Aggregate, aggregateFunction } from './aggregate.ts'
import { countPresent, presentDoubles, wrappedSum } from './number-cells.ts'

/** Always a float. Ints without gaps are added as ints, so their mean goes astray where the sum overflows, as InfluxDB's does. */
export const meanAggregate: Aggregate = {
  name: 'mean',
  resultType: (input) => (input === 'float' || input === 'int' || input === 'uint' ? 'float' : null),
  compute: (column, from, to) => {
    const count = countPresent(column, from, to)
    if (count === 0) return null
    if (column.type !== 'float' && count === to - from) return Number(wrappedSum(column, from, to)) / count
    const values = presentDoubles(column, from, to)
    let sum = 0
    for (let i = 0; i < values.length; i++) sum += values[i]!
    return sum / count
  },
}

export const mean = aggregateFunction(meanAggregate)
