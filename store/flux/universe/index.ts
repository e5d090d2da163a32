import aggregateWindow from './aggregate-window.ts'
import buckets from './buckets.ts'
import { chandeMomentumOscillator, kaufmansER } from './chande-momentum-oscillator.ts'
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
import {
  doubleEMA,
  exponentialMovingAverage,
  tripleEMA,
  tripleExponentialDerivative,
} from './exponential-moving-average.ts'
import fill from './fill.ts'
import filter from './filter.ts'
import { first } from './first.ts'
import from from './from.ts'
import group from './group.ts'
import { highestLowest } from './highest-lowest.ts'
import { histogram, linearBins, logarithmicBins } from './histogram.ts'
import { histogramQuantile } from './histogram-quantile.ts'
import hourSelection from './hour-selection.ts'
import { integral, timeWeightedAvg } from './integral.ts'
import join from './join.ts'
import { kaufmansAMA } from './kaufmans-ama.ts'
import { drop, keep } from './keep-drop.ts'
import keyValues from './key-values.ts'
import { last } from './last.ts'
import { limit, tail } from './limit.ts'
import map from './map.ts'
import { max } from './max.ts'
import { mean } from './mean.ts'
import { min } from './min.ts'
import { mode } from './mode.ts'
import { movingAverage } from './moving-average.ts'
import pivot from './pivot.ts'
import { median, quantile } from './quantile.ts'
import range from './range.ts'
import reduce from './reduce.ts'
import { relativeStrengthIndex } from './relative-strength-index.ts'
import rename from './rename.ts'
import { sample } from './sample.ts'
import set from './set.ts'
import { skew } from './skew.ts'
import sort from './sort.ts'
import { spread } from './spread.ts'
import { stateCount, stateDuration, stateTracking } from './state-tracking.ts'
import { stddev } from './stddev.ts'
import { sum } from './sum.ts'
import { findColumn, findRecord, getColumn, getRecord, tableFind } from './table-find.ts'
import timeShift from './time-shift.ts'
import { timedMovingAverage } from './timed-moving-average.ts'
import to from './to.ts'
import today from './today.ts'
import { topBottom } from './top-bottom.ts'
import truncateTimeColumn from './truncate-time-column.ts'
import union from './union.ts'
import window from './window.ts'
import yieldFunction from './yield.ts'

/** Every function of the universe: what needs no import. One file per function, one row per function. */
export const universe: readonly Builtin[] = [
  aggregateWindow,
  buckets,
  chandeMomentumOscillator,
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
  doubleEMA,
  drop,
  duplicate,
  elapsed,
  exponentialMovingAverage,
  fill,
  filter,
  findColumn,
  findRecord,
  first,
  from,
  getColumn,
  getRecord,
  group,
  ...highestLowest,
  histogram,
  histogramQuantile,
  hourSelection,
  increase,
  integral,
  join,
  kaufmansAMA,
  kaufmansER,
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
  movingAverage,
  pearsonr,
  pivot,
  quantile,
  range,
  reduce,
  relativeStrengthIndex,
  rename,
  sample,
  set,
  skew,
  sort,
  spread,
  stateCount,
  stateDuration,
  stateTracking,
  stddev,
  sum,
  tableFind,
  tail,
  timedMovingAverage,
  timeShift,
  timeWeightedAvg,
  to,
  today,
  ...topBottom,
  tripleEMA,
  tripleExponentialDerivative,
  truncateTimeColumn,
  union,
  unique,
  window,
  yieldFunction,
]
