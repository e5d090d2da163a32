/** Functions of Go's package math that JavaScript's Math lacks, or answers differently. */

const view = new DataView(new ArrayBuffer(8))

export function floatBits(x: number): bigint {
  view.setFloat64(0, x)
  return view.getBigUint64(0)
}
export function floatFromBits(bits: bigint): number {
  view.setBigUint64(0, bits)
  return view.getFloat64(0)
}

export const isNegative = (x: number): boolean => x < 0 || Object.is(x, -0)

/** Half away from zero. */
export function round(x: number): number {
  const whole = Math.trunc(x)
  return Math.abs(x - whole) >= 0.5 ? whole + Math.sign(x) : whole
}

/** Half to the even neighbour. */
export function roundToEven(x: number): number {
  const whole = Math.trunc(x)
  const rest = Math.abs(x - whole)
  return rest > 0.5 || (rest === 0.5 && whole % 2 !== 0) ? whole + Math.sign(x) : whole
}

/** IEEE 754 remainder: x − n·y with n the whole number nearest to x/y, the even one of two. */
export function remainder(x: number, y: number): number {
  if (Number.isNaN(x) || Number.isNaN(y) || !Number.isFinite(x) || y === 0) return Number.NaN
  if (!Number.isFinite(y)) return x
  const size = Math.abs(y)
  const sign = isNegative(x) ? -1 : 1
  let rest = Math.abs(x)
  if (size <= Number.MAX_VALUE / 2) rest %= size * 2
  if (rest > size / 2) {
    rest -= size
    if (rest >= size / 2) rest -= size
  }
  return sign * rest
}

/** `x = frac · 2^exp` with ½ ≤ |frac| < 1; zero, infinity and NaN are their own fraction. */
export function frexp(x: number): { readonly frac: number; readonly exp: number } {
  if (x === 0 || !Number.isFinite(x)) return { frac: x, exp: 0 }
  const scaled = Math.abs(x) < 2 ** -1022 ? x * 2 ** 52 : x
  const exponent = Number((floatBits(scaled) >> 52n) & 0x7ffn) - 1022
  return {
    frac: scaled * 2 ** -exponent === 0 ? x : shift(scaled, -exponent),
    exp: scaled === x ? exponent : exponent - 52,
  }
}

/** x · 2^exp, in steps that do not leave the range of a double before the end. */
export function shift(x: number, exp: number): number {
  let result = x
  let left = Math.max(-2200, Math.min(2200, exp))
  while (left > 1000) {
    result *= 2 ** 1000
    left -= 1000
  }
  while (left < -1000) {
    result *= 2 ** -1000
    left += 1000
  }
  return result * 2 ** left
}

/** The exponent of a double. */
export function logb(x: number): number {
  if (x === 0) return Number.NEGATIVE_INFINITY
  if (Number.isNaN(x)) return x
  return Number.isFinite(x) ? frexp(x).exp - 1 : Number.POSITIVE_INFINITY
}

/** The larger one; infinity beats NaN, as in Go. */
export const max = (x: number, y: number): number =>
  x === Number.POSITIVE_INFINITY || y === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : Math.max(x, y)
export const min = (x: number, y: number): number =>
  x === Number.NEGATIVE_INFINITY || y === Number.NEGATIVE_INFINITY ? Number.NEGATIVE_INFINITY : Math.min(x, y)

/** Powers as C and Go have them: 1 to whatever is 1, −1 to an infinity too. */
export const pow = (x: number, y: number): number => {
  if (x === 1) return 1
  return x === -1 && (y === Number.POSITIVE_INFINITY || y === Number.NEGATIVE_INFINITY) ? 1 : x ** y
}

/** x − y, or 0 where that is negative. */
export function dim(x: number, y: number): number {
  const difference = x - y
  return difference <= 0 ? 0 : difference
}

/** The next double from x towards y. */
export function nextAfter(x: number, y: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN
  if (x === y) return x
  if (x === 0) return isNegative(y) ? -Number.MIN_VALUE : Number.MIN_VALUE
  return floatFromBits(y > x === x > 0 ? floatBits(x) + 1n : floatBits(x) - 1n)
}
