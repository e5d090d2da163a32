/** Instants are nanoseconds since 1970-01-01T00:00:00Z as bigint; a double cannot hold them. */
export const nsPerMs = 1_000_000n
export const nsPerSecond = 1_000_000_000n

const msOf = (ns: bigint): { readonly ms: number; readonly rest: bigint } => {
  let ms = ns / nsPerMs
  let rest = ns % nsPerMs
  if (rest < 0n) {
    ms -= 1n
    rest += nsPerMs
  }
  return { ms: Number(ms), rest }
}

let cachedSecond = Number.NaN
let cachedText = ''
/** `2026-01-02T03:04:05` of whole seconds since 1970; the last answer is kept, since times come in order. */
const secondText = (seconds: number): string => {
  if (seconds !== cachedSecond) {
    cachedSecond = seconds
    const date = new Date(seconds * 1000)
    cachedText = date.toISOString().slice(0, -5)
  }
  return cachedText
}

const split = (ns: bigint): { readonly text: string; readonly fraction: string } => {
  const { ms, rest } = msOf(ns)
  const seconds = Math.floor(ms / 1000)
  const fraction = (ms - seconds * 1000) * 1_000_000 + Number(rest)
  return { text: secondText(seconds), fraction: fraction === 0 ? '' : String(fraction).padStart(9, '0') }
}

/** RFC 3339 with as many fractional digits as needed (Go's RFC3339Nano): `2026-01-02T03:04:05.5Z`. */
export function formatInstant(ns: bigint): string {
  const { text, fraction } = split(ns)
  return fraction === '' ? `${text}Z` : `${text}.${fraction.replace(/0+$/, '')}Z`
}

/** RFC 3339 with always nine fractional digits: `2026-01-02T03:04:05.000000000Z`. */
export function formatInstantNanos(ns: bigint): string {
  const { text, fraction } = split(ns)
  return `${text}.${fraction || '000000000'}Z`
}

const instantPattern =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|z|[+-]\d{2}:\d{2})?)?$/

/**
 * Reads RFC 3339 (any fraction up to nine digits, `Z` or an offset) or a bare date (midnight UTC).
 * @param zoneless what to do with a time without a zone: take it as UTC, or refuse it
 * @returns null when it is no such time, also for 30 February
 */
export function parseInstant(text: string, zoneless: 'utc' | 'refuse' = 'refuse'): bigint | null {
  const quick = utcSecondInstant(text)
  if (quick !== null) return quick
  const match = instantPattern.exec(text)
  if (match === null) return null
  const [, year, month, day, hour, minute, second, fraction, zone] = match
  if (hour !== undefined && zone === undefined && zoneless === 'refuse') return null
  const ms = Date.UTC(2000, Number(month) - 1, Number(day), Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0))
  const date = new Date(ms)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return null
  if (Number(hour ?? 0) > 23 || Number(minute ?? 0) > 59 || Number(second ?? 0) > 59) return null
  let ns = BigInt(date.getTime()) * nsPerMs + BigInt((fraction ?? '').padEnd(9, '0') || 0)
  if (zone !== undefined && zone !== 'Z' && zone !== 'z') {
    const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6))
    ns -= BigInt(zone[0] === '-' ? -minutes : minutes) * 60n * nsPerSecond
  }
  return ns
}

let cachedDay = ''
let cachedDayNs = 0n

/** The usual form, `2026-01-02T03:04:05Z` with or without a fraction, on a day that came just before: a fifth of the work. Else null. */
function utcSecondInstant(text: string): bigint | null {
  const { length } = text
  if (length < 20 || length > 30 || text.charCodeAt(10) !== 84 || text.charCodeAt(length - 1) !== 90) return null
  if (text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return null
  const hour = twoDigits(text, 11)
  const minute = twoDigits(text, 14)
  const second = twoDigits(text, 17)
  if (!(hour < 24 && minute < 60 && second < 60)) return null
  let fraction = 0
  if (length > 20) {
    if (length === 21 || text.charCodeAt(19) !== 46) return null
    for (let i = 20; i < 29; i++) {
      const digit = i < length - 1 ? text.charCodeAt(i) - 48 : 0
      if (digit < 0 || digit > 9) return null
      fraction = fraction * 10 + digit
    }
  }
  if (!text.startsWith(cachedDay) || cachedDay === '') {
    const day = text.slice(0, 10)
    const ns = parseInstant(day)
    if (ns === null) return null
    cachedDay = day
    cachedDayNs = ns
  }
  return cachedDayNs + BigInt((hour * 60 + minute) * 60 + second) * nsPerSecond + BigInt(fraction)
}

const twoDigits = (text: string, at: number): number => {
  const tens = text.charCodeAt(at) - 48
  const ones = text.charCodeAt(at + 1) - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}
