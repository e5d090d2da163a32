import { Duration, parseDuration } from '../../../lib/time/duration.ts'
import { parseInstant } from '../../../lib/time/instant.ts'
import { kindOf } from '../arguments.ts'
import { FluxError } from '../errors.ts'
import { formatFloat, parseFloatText, textOf } from '../text.ts'
import { Bytes, Null, Time, UInt, type Value } from '../values.ts'

const int64Min = -(2n ** 63n)
const two63 = 2 ** 63

const cannot = (value: Value, type: string, reason = ''): FluxError => {
  const what = typeof value === 'string' ? `string "${value}"` : kindOf(value)
  return new FluxError('invalid', `cannot convert ${what} to ${type}${reason}`)
}
const invalidSyntax = ' due to invalid syntax'

/** A float cut to an int; what an int64 cannot hold becomes its smallest value, as on the processors InfluxDB runs on. */
const truncated = (value: number): bigint => (value >= -two63 && value < two63 ? BigInt(Math.trunc(value)) : int64Min)

/** Text as a decimal integer: an optional sign, then digits only. */
const integer = (text: string, sign: RegExp): bigint | null => (sign.test(text) ? BigInt(text.replace('+', '')) : null)

/** @throws FluxError in InfluxDB's words; null gives null */
export function toInt(value: Value): Value {
  if (value instanceof Null) return Null.of('int')
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return truncated(value)
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (value instanceof UInt) return BigInt.asIntN(64, value.value)
  if (value instanceof Time) return value.ns
  if (value instanceof Duration) return value.approximateNs()
  if (typeof value !== 'string') throw cannot(value, 'int')
  const parsed = integer(value, /^[+-]?\d+$/)
  if (parsed === null || BigInt.asIntN(64, parsed) !== parsed) throw cannot(value, 'int', invalidSyntax)
  return parsed
}

/** As `toInt`; negative numbers wrap around. */
export function toUInt(value: Value): Value {
  if (value instanceof Null) return Null.of('uint')
  if (value instanceof UInt) return value
  if (typeof value === 'string') {
    const parsed = integer(value, /^\d+$/)
    if (parsed === null || BigInt.asUintN(64, parsed) !== parsed) throw cannot(value, 'uint', invalidSyntax)
    return new UInt(parsed)
  }
  if (typeof value === 'number')
    return new UInt(
      value < two63 ? BigInt.asUintN(64, truncated(value)) : BigInt.asUintN(64, truncated(value - two63) ^ int64Min),
    )
  const int = cast(value, 'uint', toInt)
  return int instanceof Null ? Null.of('uint') : new UInt(BigInt.asUintN(64, int as bigint))
}

/** Types that go through another conversion name the one that was asked for. */
function cast(value: Value, type: string, convert: (value: Value) => Value): Value {
  const known = typeof value !== 'object' || value instanceof Time || value instanceof Duration
  if (!known) throw cannot(value, type)
  return convert(value)
}

export function toFloat(value: Value): Value {
  if (value instanceof Null) return Null.of('float')
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value instanceof UInt) return Number(value.value)
  if (typeof value !== 'string') throw cannot(value, 'float')
  const parsed = parseFloatText(value)
  const overflow = parsed !== null && !Number.isFinite(parsed) && /\d/.test(value)
  if (parsed === null || overflow) throw cannot(value, 'float', invalidSyntax)
  return parsed
}

export function toBool(value: Value): Value {
  if (value instanceof Null) return Null.of('bool')
  if (typeof value === 'boolean') return value
  if (value === 'true') return true
  if (value === 'false') return false
  const number = value instanceof UInt ? value.value : value
  if (typeof number !== 'bigint' && typeof number !== 'number') throw cannot(value, 'bool')
  if (Number(number) === 0) return false
  if (Number(number) === 1) return true
  const text = typeof number === 'bigint' ? String(number) : fixed6(number)
  throw new FluxError('invalid', `cannot convert ${kindOf(value)} ${text} to bool, must be 0 or 1`)
}

const fixed6 = (value: number): string => (Math.abs(value) < 1e21 ? value.toFixed(6) : formatFloat(value))

export function toText(value: Value): Value {
  if (value instanceof Null) return Null.of('string')
  if (value instanceof Bytes) {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value.bytes)
    } catch (error) {
      throw new FluxError('invalid', 'cannot convert bytes to string, invalid UTF-8', { cause: error })
    }
  }
  return textOf(value)
}

export function toTime(value: Value): Value {
  if (value instanceof Null) return Null.of('time')
  if (value instanceof Time) return value
  if (typeof value === 'bigint') return new Time(value)
  if (value instanceof UInt) return new Time(BigInt.asIntN(64, value.value))
  if (typeof value !== 'string') throw cannot(value, 'time')
  const ns = parseInstant(value)
  if (ns === null) throw cannot(value, 'time', `${invalidSyntax}: cannot parse date`)
  return new Time(ns)
}

/** A length of time from `1h30m`, or from nanoseconds. */
export function toDuration(value: Value): Value {
  if (value instanceof Null || value instanceof Duration) return value
  if (typeof value === 'bigint') return new Duration(0n, value)
  if (value instanceof UInt) return new Duration(0n, BigInt.asIntN(64, value.value))
  if (typeof value !== 'string') throw cannot(value, 'duration')
  const parsed = parseDuration(value)
  if (parsed === null) throw cannot(value, 'duration', invalidSyntax)
  return parsed
}

export function toBytes(value: Value): Value {
  if (value instanceof Null || value instanceof Bytes) return value
  if (typeof value !== 'string') throw cannot(value, 'bytes')
  return new Bytes(new TextEncoder().encode(value))
}
