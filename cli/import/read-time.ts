import { siteClock } from '../../lib/plant/site-clock.ts'
import { parseInstant } from '../../lib/time/instant.ts'

const nsPerUnit = { 'unix s': 1_000_000_000n, 'unix ms': 1_000_000n, 'unix us': 1_000n, 'unix ns': 1n } as const

/** Groups of a pattern by the letter they are written with. */
const parts: readonly (readonly [letters: string, group: string, digits: string])[] = [
  ['yyyy', 'year', '\\d{4}'],
  ['MM', 'month', '\\d{1,2}'],
  ['dd', 'day', '\\d{1,2}'],
  ['HH', 'hour', '\\d{1,2}'],
  ['mm', 'minute', '\\d{2}'],
  ['ss', 'second', '\\d{2}'],
  ['f', 'fraction', '\\d{1,9}'],
]

/**
 * Reads times of one format to nanoseconds since 1970; null for a text that is no such time.
 * @param format `iso`, `unix s|ms|us|ns` (whole or decimal), or a pattern like `dd.MM.yyyy HH:mm:ss`
 * @param zone of times that name none. A time that summer time leaves out counts as much later as the clock jumps; of one
 *   that comes twice, the first is meant.
 */
export function timeReader(format: string, zone: string): (text: string) => bigint | null {
  if (format in nsPerUnit) return unixReader(nsPerUnit[format as keyof typeof nsPerUnit])
  const inZone = zone === 'UTC' ? (utcNs: bigint) => utcNs : fromWallTime(zone)
  if (format === 'iso')
    return (text) => {
      // A bare date is no instant of its own: it is midnight on that wall, like a time without a zone.
      if (text.length > 10 && /(?:[Zz]|[+-]\d\d:\d\d)$/.test(text)) return parseInstant(text)
      const wall = parseInstant(text, 'utc')
      return wall === null ? null : inZone(wall)
    }
  const pattern = patternOf(format)
  return (text) => {
    const found = pattern.exec(text)?.groups
    if (found === undefined) return null
    const two = (value: string | undefined, otherwise: string): string => (value ?? otherwise).padStart(2, '0')
    const { year, month, day, hour, minute, second, fraction } = found
    const iso = `${year}-${two(month, '1')}-${two(day, '1')}T${two(hour, '0')}:${two(minute, '0')}:${two(second, '0')}`
    const wall = parseInstant(fraction === undefined ? iso : `${iso}.${fraction}`, 'utc')
    return wall === null ? null : inZone(wall)
  }
}

/** @throws Error when the pattern does not name year, month and day */
function patternOf(format: string): RegExp {
  let source = ''
  for (let at = 0; at < format.length; ) {
    const part = parts.find(([letters]) => format.startsWith(letters, at))
    if (part === undefined) {
      source += format[at]!.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')
      at++
      continue
    }
    source += `(?<${part[1]}>${part[2]})`
    at += part[0].length
  }
  if (!/<year>/.test(source) || !/<month>/.test(source) || !/<day>/.test(source))
    throw new Error(`the time format "${format}" names no yyyy, MM and dd; it may also be iso or unix s, ms, us, ns`)
  return new RegExp(`^${source}$`)
}

function unixReader(unitNs: bigint): (text: string) => bigint | null {
  const digitsMax = String(unitNs).length - 1
  return (text) => {
    const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)
    if (match === null) return null
    const fraction = BigInt((match[3] ?? '').padEnd(digitsMax, '0').slice(0, digitsMax) || '0')
    const ns = BigInt(match[2]!) * unitNs + fraction
    return match[1] === '-' ? -ns : ns
  }
}

/** A wall's time, given as if it were UTC, to the instant at which that wall shows it. */
function fromWallTime(zone: string): (wallNs: bigint) => bigint {
  const clock = siteClock(zone)
  const nsPerMinute = 60_000_000_000n
  let lastMinute = Number.NaN
  let startNs = 0n
  return (wallNs) => {
    const minute = Math.floor(Number(wallNs / 1_000_000n) / 60_000)
    if (minute !== lastMinute) {
      const day = Math.floor(minute / 1440)
      const date = new Date(day * 86_400_000).toISOString().slice(0, 10)
      startNs = BigInt(clock.instant(date, minute - day * 1440)) * 1_000_000n
      lastMinute = minute
    }
    return startNs + (wallNs - BigInt(minute) * nsPerMinute)
  }
}
