import buckets from '../universe/buckets.ts'
import type { Builtin, Constant } from '../universe/define.ts'
import from from '../universe/from.ts'
import to from '../universe/to.ts'
import arrayFrom from './array/from.ts'
import { arrayTransforms } from './array/transform.ts'
import { bitwiseFunctions } from './bitwise/index.ts'
import csvFrom from './csv/from.ts'
import { dateArithmetic } from './date/arithmetic.ts'
import { dateConstants } from './date/constants.ts'
import { dateParts } from './date/parts.ts'
import { dictFunctions } from './dict/index.ts'
import { experimentalTo, wideTo } from './influxdata/wide-to.ts'
import { mathConstants, mathFunctions } from './math/index.ts'
import { regexpFunctions } from './regexp/index.ts'
import { stringFunctions } from './strings/index.ts'
import systemTime from './system/time.ts'
import { timezones } from './timezone/location.ts'
import { typeTests } from './types/is-type.ts'

/** Every function and constant that needs an import, package by package. */
export const packages: readonly (Builtin | Constant)[] = [
  arrayFrom,
  { ...arrayFrom, package: 'experimental/array' },
  ...arrayTransforms,
  ...bitwiseFunctions,
  csvFrom,
  ...dateArithmetic,
  ...dateConstants,
  ...dateParts,
  ...dictFunctions,
  { ...buckets, package: 'influxdata/influxdb' },
  { ...from, package: 'influxdata/influxdb' },
  { ...to, package: 'influxdata/influxdb' },
  wideTo,
  experimentalTo,
  ...mathConstants,
  ...mathFunctions,
  ...regexpFunctions,
  ...stringFunctions,
  systemTime,
  ...timezones,
  ...typeTests,
]
