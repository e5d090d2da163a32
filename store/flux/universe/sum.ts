import { type Aggregate, aggregateFunction } from './aggregate.ts'
import { countPresent, wrappedSum } from './number-cells.ts'

/** Ints and uints wrap at 64 bits; floats are added in the order of rows. */
export const sumAggregate: Aggregate = {
  name: 'sum',
  resultType: (input) => (input === 'float' || input === 'int' || input === 'uint' ? input : null),
  compute: (column, from, to) => {
    if (countPresent(column, from, to) === 0) return null
    const { data, nulls } = column
    if (!(data instanceof Float64Array)) return wrappedSum(column, from, to)
    let sum = 0
    if (nulls === null) for (let i = from; i < to; i++) sum += data[i]!
    else for (let i = from; i < to; i++) if (nulls[i] !== 1) sum += data[i]!
    return sum
  },
}

export const sum = aggregateFunction(sumAggregate)
