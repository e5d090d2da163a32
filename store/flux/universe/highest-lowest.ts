import type { TableStream } from '../stream.ts'
import { aggregateStream } from './aggregate.ts'
import { type Builtin, type CallContext, define } from './define.ts'
import { grouped } from './group.ts'
import { lastSelector } from './last.ts'
import { limited } from './limit.ts'
import { maxSelector } from './max.ts'
import { meanAggregate } from './mean.ts'
import { minSelector } from './min.ts'
import { selectorStream } from './selector.ts'
import { sorted } from './sort.ts'

type Reduce = (input: TableStream, column: string, context: CallContext) => TableStream

const max: Reduce = (input, column, context) => selectorStream(input, column, maxSelector, context)
const min: Reduce = (input, column, context) => selectorStream(input, column, minSelector, context)
const last: Reduce = (input, column, context) => selectorStream(input, column, lastSelector, context)
const mean: Reduce = (input, column, context) => aggregateStream(input, column, meanAggregate, context)

const rows: readonly (readonly [name: string, reduce: Reduce, desc: boolean])[] = [
  ['highestMax', max, true],
  ['highestAverage', mean, true],
  ['highestCurrent', last, true],
  ['lowestMin', min, false],
  ['lowestAverage', mean, false],
  ['lowestCurrent', last, false],
]

/** One row per group, and of these the first n of all: one table. */
export const highestLowest: readonly Builtin[] = rows.map(([name, reduce, desc]) =>
  define({
    package: '',
    name,
    parameters: [
      { name: 'tables', pipe: true },
      { name: 'n', required: true },
      { name: 'column' },
      { name: 'groupColumns' },
    ],
    call: (args, context) => {
      const column = args.optional('column', args.string) ?? '_value'
      const groups = grouped(args.stream(), args.optional('groupColumns', args.strings) ?? [], 'by', context)
      const together = grouped(reduce(groups, column, context), [], 'by', context)
      return limited(sorted(together, [column], desc, context), args.int('n'), 0n, context)
    },
  }),
)
