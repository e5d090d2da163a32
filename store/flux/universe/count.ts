import { type Aggregate, aggregateFunction } from './aggregate.ts'

/** Rows, those with a gap included. */
export const countAggregate: Aggregate = {
  name: 'count',
  resultType: (input) => (input === 'time' ? null : 'int'),
  compute: (_, from, to) => BigInt(to - from),
}

export const count = aggregateFunction(countAggregate)
