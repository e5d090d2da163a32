import { Duration } from '../../../lib/time/duration.ts'
import { kindOf } from '../arguments.ts'
import type { ColumnType } from '../column.ts'
import { FluxError, UnsupportedOperands } from '../errors.ts'
import { compareStrings } from '../group-key.ts'
import { Regex } from '../regex.ts'
import type { BinaryOperator } from '../syntax/tree.ts'
import { Dict, FluxArray, FluxRecord, Null, Time, UInt, type Value } from '../values.ts'

type Binary = (a: Value, b: Value) => Value

const nullBool = Null.of('bool')
const int64 = (value: bigint): bigint => BigInt.asIntN(64, value)
const uint64 = (value: bigint): UInt => new UInt(BigInt.asUintN(64, value))

export const unsupportedBinary = (operator: string, a: Value, b: Value): FluxError =>
  new UnsupportedOperands(operator, kindOf(a), kindOf(b))

/** The type of a null that comes of an operation: that of whichever side knows one. */
const nullOf = (a: Value, b: Value): Null => Null.of((columnType(a) ?? columnType(b)) as ColumnType | undefined)
const columnType = (value: Value): string | undefined => (value instanceof Null ? value.type : kindOf(value))

interface Arithmetic {
  readonly float: (a: number, b: number) => Value
  readonly int: (a: bigint, b: bigint) => Value
  readonly uint: (a: bigint, b: bigint) => Value
  readonly string?: (a: string, b: string) => Value
}

const divideByZero = (): FluxError => new FluxError('invalid', 'cannot divide by zero')
const modByZero = (): FluxError => new FluxError('invalid', 'cannot mod zero')
const dividing = (b: bigint): bigint => {
  if (b === 0n) throw divideByZero()
  return b
}
const modulo = (b: bigint): bigint => {
  if (b === 0n) throw modByZero()
  return b
}

const arithmetic: Readonly<Record<string, Arithmetic>> = {
  '+': { float: (a, b) => a + b, int: (a, b) => int64(a + b), uint: (a, b) => uint64(a + b), string: (a, b) => a + b },
  '-': { float: (a, b) => a - b, int: (a, b) => int64(a - b), uint: (a, b) => uint64(a - b) },
  '*': { float: (a, b) => a * b, int: (a, b) => int64(a * b), uint: (a, b) => uint64(a * b) },
  '/': { float: (a, b) => a / b, int: (a, b) => int64(a / dividing(b)), uint: (a, b) => uint64(a / dividing(b)) },
  '%': { float: (a, b) => a % b, int: (a, b) => int64(a % modulo(b)), uint: (a, b) => uint64(a % modulo(b)) },
  '^': { float: (a, b) => a ** b, int: (a, b) => Number(a) ** Number(b), uint: (a, b) => Number(a) ** Number(b) },
}

const compute = (operator: string): Binary => {
  const { float, int, uint, string } = arithmetic[operator]!
  return (a, b) => {
    if (typeof a === 'number' && typeof b === 'number') return float(a, b)
    if (typeof a === 'bigint' && typeof b === 'bigint') return int(a, b)
    if (a instanceof Null || b instanceof Null) return nullOf(a, b)
    if (a instanceof UInt && b instanceof UInt) return uint(a.value, b.value)
    if (string !== undefined && typeof a === 'string' && typeof b === 'string') return string(a, b)
    throw unsupportedBinary(operator, a, b)
  }
}

/** A number behind a value, for comparisons between int, uint and float; undefined for any other type. */
const numeric = (value: Value): number | bigint | undefined =>
  typeof value === 'number' || typeof value === 'bigint' ? value : value instanceof UInt ? value.value : undefined

const isNan = (value: number | bigint): boolean => typeof value === 'number' && Number.isNaN(value)

/** −1, 0, 1; NaN when either side is; undefined when the pair cannot be compared. */
function order(a: Value, b: Value): number | undefined {
  const x = numeric(a)
  if (x !== undefined) {
    const y = numeric(b)
    if (y === undefined) return undefined
    // JavaScript compares number and bigint by their mathematical value, as Flux does.
    return x < y ? -1 : x > y ? 1 : isNan(x) || isNan(y) ? Number.NaN : 0
  }
  if (typeof a === 'string' && typeof b === 'string') return Math.sign(compareStrings(a, b))
  if (a instanceof Time && b instanceof Time) return a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0
  return undefined
}

const compare = (operator: '<' | '<=' | '>' | '>='): Binary => {
  const holds: (sign: number) => boolean =
    operator === '<'
      ? (s) => s < 0
      : operator === '<='
        ? (s) => s <= 0
        : operator === '>'
          ? (s) => s > 0
          : (s) => s >= 0
  return (a, b) => {
    if (typeof a === 'number' && typeof b === 'number')
      return operator === '<' ? a < b : operator === '<=' ? a <= b : operator === '>' ? a > b : a >= b
    if (a instanceof Null || b instanceof Null) return nullBool
    const sign = order(a, b)
    if (sign === undefined) throw unsupportedBinary(operator, a, b)
    return holds(sign)
  }
}

/** Structural equality; undefined for a pair that Flux cannot compare. */
export function equal(a: Value, b: Value): boolean | undefined {
  if (typeof a === 'string' && typeof b === 'string') return a === b
  if (typeof a === 'boolean' && typeof b === 'boolean') return a === b
  if (a instanceof Duration || b instanceof Duration) return undefined
  if (a instanceof FluxArray && b instanceof FluxArray)
    return (
      a.elements.length === b.elements.length &&
      a.elements.every((element, i) => equal(element, b.elements[i]!) === true)
    )
  if (a instanceof FluxRecord && b instanceof FluxRecord) {
    if (a.members.size !== b.members.size) return false
    for (const [name, value] of a.members) {
      const other = b.members.get(name)
      if (other === undefined || equal(value, other) !== true) return false
    }
    return true
  }
  if (a instanceof Dict && b instanceof Dict) {
    if (a.entries.size !== b.entries.size) return false
    for (const [id, [, value]] of a.entries) {
      const other = b.entries.get(id)
      if (other === undefined || equal(value, other[1]) !== true) return false
    }
    return true
  }
  const sign = order(a, b)
  return sign === undefined ? undefined : sign === 0
}

const matches: Binary = (a, b) => {
  if (a instanceof Null || b instanceof Null) return nullBool
  if (typeof a === 'string' && b instanceof Regex) return b.test(a)
  throw unsupportedBinary('=~', a, b)
}

/** What each binary operator does with two values; null in, null out. */
export const binaryOperators: { readonly [operator in BinaryOperator]: Binary } = {
  '+': compute('+'),
  '-': compute('-'),
  '*': compute('*'),
  '/': compute('/'),
  '%': compute('%'),
  '^': compute('^'),
  '<': compare('<'),
  '<=': compare('<='),
  '>': compare('>'),
  '>=': compare('>='),
  '==': (a, b) => {
    if (a instanceof Null || b instanceof Null) return nullBool
    const same = equal(a, b)
    if (same === undefined) throw unsupportedBinary('==', a, b)
    return same
  },
  '!=': (a, b) => {
    if (a instanceof Null || b instanceof Null) return nullBool
    const same = a instanceof FluxArray || a instanceof FluxRecord || a instanceof Dict ? undefined : equal(a, b)
    if (same === undefined) throw unsupportedBinary('!=', a, b)
    return !same
  },
  '=~': matches,
  '!~': (a, b) => {
    if (a instanceof Null || b instanceof Null) return nullBool
    if (typeof a === 'string' && b instanceof Regex) return !b.test(a)
    throw unsupportedBinary('!~', a, b)
  },
}

export function negate(value: Value): Value {
  if (typeof value === 'number') return -value
  if (typeof value === 'bigint') return int64(-value)
  if (value instanceof Duration) return value.negate()
  if (value instanceof Null) return value
  if (value instanceof UInt) return uint64(-value.value)
  throw new FluxError('invalid', `unsupported unary operator - on ${kindOf(value)}`)
}

export function not(value: Value): Value {
  if (typeof value === 'boolean') return !value
  if (value instanceof Null) return nullBool
  throw new FluxError('invalid', `unsupported unary operator not on ${kindOf(value)}`)
}
