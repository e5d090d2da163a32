import buckets from './buckets.ts'
import { columns, keys } from './columns.ts'
import { contains, length } from './contains.ts'
import { conversions } from './conversions.ts'
import { count } from './count.ts'
import type { Builtin } from './define.ts'
import die from './die.ts'
import display from './display.ts'
import filter from './filter.ts'
import { first } from './first.ts'
import from from './from.ts'
import keyValues from './key-values.ts'
import { last } from './last.ts'
import map from './map.ts'
import { max } from './max.ts'
import { mean } from './mean.ts'
import { min } from './min.ts'
import { mode } from './mode.ts'
import { median, quantile } from './quantile.ts'
import range from './range.ts'
import reduce from './reduce.ts'
import { sample } from './sample.ts'
import { skew } from './skew.ts'
import { spread } from './spread.ts'
import { stddev } from './stddev.ts'
import { sum } from './sum.ts'
import { findColumn, findRecord, getColumn, getRecord, tableFind } from './table-find.ts'
import to from './to.ts'
import today from './today.ts'
import yieldFunction from './yield.ts'

/** Every function of the universe: what needs no import. One file per function, one row per function. */
export const universe: readonly Builtin[] = [
  buckets,
  columns,
  contains,
  ...conversions,
  count,
  die,
  display,
  filter,
  findColumn,
  findRecord,
  first,
  from,
  getColumn,
  getRecord,
  keyValues,
  keys,
  last,
  length,
  map,
  max,
  mean,
  median,
  min,
  mode,
  quantile,
  range,
  reduce,
  sample,
  skew,
  spread,
  stddev,
  sum,
  tableFind,
  to,
  today,
  yieldFunction,
]
