import type { Builtin } from './define.ts'
import filter from './filter.ts'
import from from './from.ts'
import map from './map.ts'
import range from './range.ts'
import reduce from './reduce.ts'
import { findColumn, findRecord, getColumn, getRecord, tableFind } from './table-find.ts'
import yieldFunction from './yield.ts'

/** Every function of the universe: what needs no import. One file per function, one row per function. */
export const universe: readonly Builtin[] = [
  filter,
  findColumn,
  findRecord,
  from,
  getColumn,
  getRecord,
  map,
  range,
  reduce,
  tableFind,
  yieldFunction,
]
