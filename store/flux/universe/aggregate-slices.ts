import { BuiltinFunction } from '../interpret/functions.ts'
import type { FluxFunction } from '../values.ts'
import type { Aggregate } from './aggregate.ts'
import { countAggregate } from './count.ts'
import { firstSelector } from './first.ts'
import { lastSelector } from './last.ts'
import { maxSelector } from './max.ts'
import { meanAggregate } from './mean.ts'
import { minSelector } from './min.ts'
import { tDigestAggregate } from './quantile.ts'
import type { Selector } from './selector.ts'
import { skewAggregate } from './skew.ts'
import { spreadAggregate } from './spread.ts'
import { stddevAggregate } from './stddev.ts'
import { sumAggregate } from './sum.ts'

/** What makes of a stretch of rows one cell, or chooses one row of it. */
export type OfSlice =
  | { readonly kind: 'aggregate'; readonly aggregate: Aggregate }
  | { readonly kind: 'selector'; readonly selector: Selector }

const aggregate = (one: Aggregate): OfSlice => ({ kind: 'aggregate', aggregate: one })
const selector = (one: Selector): OfSlice => ({ kind: 'selector', selector: one })

/** What functions of the universe do when they are called with a column and nothing else. */
const byName: Readonly<Record<string, OfSlice>> = {
  count: aggregate(countAggregate),
  first: selector(firstSelector),
  last: selector(lastSelector),
  max: selector(maxSelector),
  mean: aggregate(meanAggregate),
  median: aggregate(tDigestAggregate(0.5)),
  min: selector(minSelector),
  skew: aggregate(skewAggregate),
  spread: aggregate(spreadAggregate),
  stddev: aggregate(stddevAggregate()),
  sum: aggregate(sumAggregate),
}

/** The work of a function on a stretch of rows, or null when it must see tables. */
export const ofSlice = (fn: FluxFunction): OfSlice | null =>
  fn instanceof BuiltinFunction && fn.builtin.package === '' ? (byName[fn.name] ?? null) : null
