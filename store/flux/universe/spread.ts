import { type Aggregate, aggregateFunction } from './aggregate.ts'

/** Greatest less smallest; ints wrap at 64 bits. */
export const spreadAggregate: Aggregate = {
  name: 'spread',
  resultType: (input) => (input === 'float' || input === 'int' || input === 'uint' ? input : null),
  compute: ({ data, nulls }, from, to) => {
    const cells = data as Float64Array
    let first = from
    while (first < to && nulls !== null && nulls[first] === 1) first++
    if (first === to) return null
    let min = cells[first]!
    let max = min
    for (let i = first + 1; i < to; i++) {
      if (nulls !== null && nulls[i] === 1) continue
      const value = cells[i]!
      if (value < min) min = value
      if (value > max) max = value
    }
    const spread: number | bigint = max - min
    return typeof spread === 'bigint' && data instanceof BigInt64Array ? BigInt.asIntN(64, spread) : spread
  },
}

export const spread = aggregateFunction(spreadAggregate)
