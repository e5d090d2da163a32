import type { Builtin } from '../../universe/define.ts'
import { universe } from '../../universe/index.ts'

/** Functions that do to the column `_value` what their namesakes of the universe do by default. */
const names = new Set([
  'count',
  'distinct',
  'fill',
  'first',
  'histogram',
  'histogramQuantile',
  'integral',
  'kaufmansAMA',
  'last',
  'max',
  'mean',
  'min',
  'mode',
  'quantile',
  'skew',
  'spread',
  'stddev',
  'sum',
  'unique',
  'window',
])

export const experimentalAliases: readonly Builtin[] = universe
  .filter(({ name }) => names.has(name))
  .map((row) => ({ ...row, package: 'experimental' }))
