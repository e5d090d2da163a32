import { Duration } from '../../lib/time/duration.ts'
import { formatInstantNanos } from '../../lib/time/instant.ts'
import { kindOf } from './arguments.ts'
import { FluxError } from './errors.ts'
import { Regex } from './regex.ts'
import { Null, Time, UInt, type Value } from './values.ts'

/** The shortest decimal that reads back as the same double, never with an exponent: `NaN`, `+Inf`, `-Inf`, `-0`, `0.0000001`. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const text = String(value)
  const e = text.indexOf('e')
  return e === -1 ? text : expanded(text, e)
}

function expanded(text: string, e: number): string {
  const negative = text[0] === '-'
  const mantissa = text.slice(negative ? 1 : 0, e)
  const exponent = Number(text.slice(e + 1))
  const point = mantissa.indexOf('.')
  const digits = point === -1 ? mantissa : mantissa.slice(0, point) + mantissa.slice(point + 1)
  const whole = (point === -1 ? mantissa.length : point) + exponent
  const plain =
    whole <= 0
      ? `0.${'0'.repeat(-whole)}${digits}`
      : whole >= digits.length
        ? digits + '0'.repeat(whole - digits.length)
        : `${digits.slice(0, whole)}.${digits.slice(whole)}`
  return negative ? `-${plain}` : plain
}

/** Go's strconv.ParseFloat for what Flux takes: decimal with exponent, `Inf`, `NaN`, no hexadecimal. @returns null when it is none */
export function parseFloatText(text: string): number | null {
  if (/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text)) return Number(text)
  const word = /^([+-]?)(inf|infinity)$/i.exec(text)
  if (word !== null) return word[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  return /^nan$/i.test(text) ? Number.NaN : null
}

/**
 * A value as interpolation, `string(v:)` and column names of pivot write it; times with nine digits.
 * @throws FluxError for what has no text (arrays, records, functions, null)
 */
export function textOf(value: Value): string {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
      return formatFloat(value)
    case 'bigint':
    case 'boolean':
      return String(value)
  }
  if (value instanceof UInt) return String(value.value)
  if (value instanceof Time) return formatInstantNanos(value.ns)
  if (value instanceof Duration) return value.toString()
  if (value instanceof Regex) return value.source
  if (value instanceof Null) throw new FluxError('invalid', 'string expression evaluated to null')
  throw new FluxError('invalid', `cannot convert ${kindOf(value)} to string`)
}
