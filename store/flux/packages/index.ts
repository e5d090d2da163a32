import buckets from '../universe/buckets.ts'
import type { Builtin, Constant } from '../universe/define.ts'
import from from '../universe/from.ts'
import to from '../universe/to.ts'
import arrayFrom from './array/from.ts'
import csvFrom from './csv/from.ts'
import { experimentalTo, wideTo } from './influxdata/wide-to.ts'

/** Every function and constant that needs an import, package by package. */
export const packages: readonly (Builtin | Constant)[] = [
  arrayFrom,
  { ...arrayFrom, package: 'experimental/array' },
  csvFrom,
  { ...buckets, package: 'influxdata/influxdb' },
  { ...from, package: 'influxdata/influxdb' },
  { ...to, package: 'influxdata/influxdb' },
  wideTo,
  experimentalTo,
]
