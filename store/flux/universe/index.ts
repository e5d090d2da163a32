import buckets from './buckets.ts'
import { columns, keys } from './columns.ts'
import type { Builtin } from './define.ts'
import die from './die.ts'
import display from './display.ts'
import filter from './filter.ts'
import from from './from.ts'
import keyValues from './key-values.ts'
import map from './map.ts'
import range from './range.ts'
import reduce from './reduce.ts'
import { findColumn, findRecord, getColumn, getRecord, tableFind } from './table-find.ts'
import to from './to.ts'
import yieldFunction from './yield.ts'

/** Every function of the universe: what needs no import. One file per function, one row per function. */
export const universe: readonly Builtin[] = [
  buckets,
  columns,
  die,
  display,
  filter,
  findColumn,
  findRecord,
  from,
  getColumn,
  getRecord,
  keyValues,
  keys,
  map,
  range,
  reduce,
  tableFind,
  to,
  yieldFunction,
]
