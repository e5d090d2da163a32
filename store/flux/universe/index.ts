import buckets from './buckets.ts'
import { columns, keys } from './columns.ts'
import { contains, length } from './contains.ts'
import { conversions } from './conversions.ts'
import { count } from './count.ts'
import { cov, covariance, pearsonr } from './covariance.ts'
import { cumulativeSum } from './cumulative-sum.ts'
import type { Builtin } from './define.ts'
import { derivative } from './derivative.ts'
import die from './die.ts'
import { difference, increase } from './difference.ts'
import display from './display.ts'
import { distinct, unique } from './distinct.ts'
import duplicate from './duplicate.ts'
import { elapsed } from './elapsed.ts'
import fill from './fill.ts'
import filter from './filter.ts'
import { first } from './first.ts'
import from from './from.ts'
import group from './group.ts'
import { histogram, linearBins, logarithmicBins } from './histogram.ts'
import { histogramQuantile } from './histogram-quantile.ts'
import { integral, timeWeightedAvg } from './integral.ts'
import { drop, keep } from './keep-drop.ts'
import keyValues from './key-values.ts'
import { last } from './last.ts'
import { limit, tail } from './limit.ts'
import map from './map.ts'
import { max } from './max.ts'
import { mean } from './mean.ts'
import { min } from './min.ts'
import { mode } from './mode.ts'
import { median, quantile } from './quantile.ts'
import range from './range.ts'
import reduce from './reduce.ts'
import rename from './rename.ts'
import { sample } from './sample.ts'
import set from './set.ts'
import { skew } from './skew.ts'
import sort from './sort.ts'
import { spread } from './spread.ts'
import { stddev } from './stddev.ts'
import { sum } from './sum.ts'
import { findColumn, findRecord, getColumn, getRecord, tableFind } from './table-find.ts'
import to from './to.ts'
import today from './today.ts'
import { topBottom } from './top-bottom.ts'
import union from './union.ts'
import yieldFunction from './yield.ts'

/** Every function of the universe: what needs no import. One file per function, one row per function. */
export const universe: readonly Builtin[] = [
  buckets,
  columns,
  contains,
  ...conversions,
  count,
  cov,
  covariance,
  cumulativeSum,
  derivative,
  die,
  difference,
  display,
  distinct,
  drop,
  duplicate,
  elapsed,
  fill,
  filter,
  findColumn,
  findRecord,
  first,
  from,
  getColumn,
  getRecord,
  group,
  histogram,
  histogramQuantile,
  increase,
  integral,
  keep,
  keys,
  keyValues,
  last,
  length,
  limit,
  linearBins,
  logarithmicBins,
  map,
  max,
  mean,
  median,
  min,
  mode,
  pearsonr,
  quantile,
  range,
  reduce,
  rename,
  sample,
  set,
  skew,
  sort,
  spread,
  stddev,
  sum,
  tableFind,
  tail,
  timeWeightedAvg,
  to,
  today,
  ...topBottom,
  union,
  unique,
  yieldFunction,
]
