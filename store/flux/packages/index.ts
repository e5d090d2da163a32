import buckets from '../universe/buckets.ts'
import type { Builtin, Constant } from '../universe/define.ts'
import from from '../universe/from.ts'
import to from '../universe/to.ts'
import arrayFrom from './array/from.ts'
import { arrayTransforms } from './array/transform.ts'
import { bitwiseFunctions } from './bitwise/index.ts'
import eventsDuration from './contrib/events-duration.ts'
import csvFrom from './csv/from.ts'
import { dateArithmetic } from './date/arithmetic.ts'
import { boundaries } from './date/boundaries.ts'
import { dateConstants } from './date/constants.ts'
import { movedBoundaries } from './date/moved-boundaries.ts'
import { dateParts } from './date/parts.ts'
import { dictFunctions } from './dict/index.ts'
import aggregateRate from './experimental/aggregate-rate.ts'
import { experimentalAliases } from './experimental/aliases.ts'
import catchError from './experimental/catch.ts'
import experimentalJoin from './experimental/join.ts'
import { oeeFunctions } from './experimental/oee.ts'
import { recordFunctions, secret, tableFill } from './experimental/small.ts'
import { experimentalStreams } from './experimental/streams.ts'
import unpivot from './experimental/unpivot.ts'
import generateFrom from './generate/from.ts'
import { fieldsAsCols } from './influxdata/fields-as-cols.ts'
import { monitorFunctions } from './influxdata/monitor.ts'
import { cardinality, schemaFunctions } from './influxdata/schema.ts'
import lastSuccess from './influxdata/tasks.ts'
import { experimentalTo, wideTo } from './influxdata/wide-to.ts'
import debugNull from './internal/debug-null.ts'
import linear from './interpolate/linear.ts'
import { joinFunctions } from './join/index.ts'
import encode from './json/encode.ts'
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
  eventsDuration,
  ...boundaries,
  ...movedBoundaries,
  ...dateArithmetic,
  ...dateConstants,
  ...dateParts,
  ...dictFunctions,
  ...experimentalAliases,
  catchError,
  aggregateRate,
  experimentalJoin,
  ...oeeFunctions,
  unpivot,
  ...experimentalStreams,
  tableFill,
  ...recordFunctions,
  generateFrom,
  { ...buckets, package: 'influxdata/influxdb' },
  { ...from, package: 'influxdata/influxdb' },
  { ...to, package: 'influxdata/influxdb' },
  cardinality,
  ...monitorFunctions,
  secret,
  lastSuccess,
  ...schemaFunctions,
  ...fieldsAsCols,
  wideTo,
  experimentalTo,
  debugNull,
  linear,
  ...joinFunctions,
  encode,
  ...mathConstants,
  ...mathFunctions,
  ...regexpFunctions,
  ...stringFunctions,
  systemTime,
  ...timezones,
  ...typeTests,
]
