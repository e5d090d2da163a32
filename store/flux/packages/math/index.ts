import type { Arguments } from '../../arguments.ts'
import { type Builtin, type Constant, define } from '../../universe/define.ts'
import { FluxRecord, UInt, type Value } from '../../values.ts'
import { uintArgument } from '../uint-argument.ts'
import {
  dim,
  floatBits,
  floatFromBits,
  frexp,
  isNegative,
  logb,
  max,
  min,
  nextAfter,
  pow,
  remainder,
  round,
  roundToEven,
  shift,
} from './floats.ts'

const math = (name: string, parameters: readonly string[], call: (args: Arguments) => Value): Builtin =>
  define({ package: 'math', name, parameters: parameters.map((one) => ({ name: one, required: true })), call })

const ofOne: Readonly<Record<string, (x: number) => number>> = {
  abs: Math.abs,
  acos: Math.acos,
  acosh: Math.acosh,
  asin: Math.asin,
  asinh: Math.asinh,
  atan: Math.atan,
  atanh: Math.atanh,
  cbrt: Math.cbrt,
  ceil: Math.ceil,
  cos: Math.cos,
  cosh: Math.cosh,
  exp: Math.exp,
  exp2: (x) => 2 ** x,
  expm1: Math.expm1,
  floor: Math.floor,
  log: Math.log,
  log10: Math.log10,
  log1p: Math.log1p,
  log2: Math.log2,
  logb,
  round,
  roundtoeven: roundToEven,
  sin: Math.sin,
  sinh: Math.sinh,
  sqrt: Math.sqrt,
  tan: Math.tan,
  tanh: Math.tanh,
  trunc: Math.trunc,
}

const ofTwo: Readonly<Record<string, (x: number, y: number) => number>> = {
  atan2: (x, y) => Math.atan2(y, x),
  copysign: (x, y) => (isNegative(x) === isNegative(y) ? x : -x),
  dim,
  mMax: max,
  mMin: min,
  mod: (x, y) => x % y,
  nextafter: nextAfter,
  pow,
  remainder,
}

const record = (members: Readonly<Record<string, Value>>): FluxRecord =>
  new FluxRecord(new Map(Object.entries(members)))

export const mathFunctions: readonly Builtin[] = [
  ...Object.entries(ofOne).map(([name, fn]) => math(name, ['x'], (args) => fn(args.float('x')))),
  ...Object.entries(ofTwo).map(([name, fn]) => math(name, ['x', 'y'], (args) => fn(args.float('x'), args.float('y')))),
  math('hypot', ['p', 'q'], (args) => Math.hypot(args.float('p'), args.float('q'))),
  math('NaN', [], () => Number.NaN),
  math('mInf', ['sign'], (args) => (args.int('sign') >= 0n ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY)),
  math('isNaN', ['f'], (args) => Number.isNaN(args.float('f'))),
  math('isInf', ['f', 'sign'], (args) => {
    const f = args.float('f')
    const sign = args.int('sign')
    return (sign >= 0n && f === Number.POSITIVE_INFINITY) || (sign <= 0n && f === Number.NEGATIVE_INFINITY)
  }),
  math('signbit', ['x'], (args) => isNegative(args.float('x'))),
  math('pow10', ['n'], (args) => Number(`1e${args.int('n')}`)),
  math('frexp', ['f'], (args) => {
    const { frac, exp } = frexp(args.float('f'))
    return record({ frac, exp: BigInt(exp) })
  }),
  math('ldexp', ['frac', 'exp'], (args) => shift(args.float('frac'), Number(args.int('exp')))),
  math('modf', ['f'], (args) => {
    const f = args.float('f')
    const int = Math.trunc(f)
    return record({ int, frac: Number.isFinite(f) ? f - int : Number.NaN })
  }),
  math('sincos', ['x'], (args) => record({ sin: Math.sin(args.float('x')), cos: Math.cos(args.float('x')) })),
  math('float64bits', ['f'], (args) => new UInt(floatBits(args.float('f')))),
  math('float64frombits', ['b'], (args) => floatFromBits(uintArgument(args, 'b'))),
]

const constants: Readonly<Record<string, Value>> = {
  pi: Math.PI,
  e: Math.E,
  phi: 1.618033988749895,
  sqrt2: Math.SQRT2,
  sqrte: 1.6487212707001282,
  sqrtpi: 1.772453850905516,
  sqrtphi: 1.272019649514069,
  ln2: Math.LN2,
  log2e: Math.LOG2E,
  ln10: Math.LN10,
  log10e: Math.LOG10E,
  maxfloat: Number.MAX_VALUE,
  smallestNonzeroFloat: Number.MIN_VALUE,
  maxint: 2n ** 63n - 1n,
  minint: -(2n ** 63n),
  maxuint: new UInt(2n ** 64n - 1n),
}

export const mathConstants: readonly Constant[] = Object.entries(constants).map(([name, value]) => ({
  package: 'math',
  name,
  value,
}))
