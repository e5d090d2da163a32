import { type SiteClock, siteClock } from '../../lib/plant/site-clock.ts'
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
 *   that comes twice, the first is meant, unless the `pass` that comes with it knows better.
 */
export function timeReader(format: string, zone: string): (text: string, pass?: RepeatedHour) => bigint | null {
  if (Object.hasOwn(nsPerUnit, format)) return unixReader(nsPerUnit[format as keyof typeof nsPerUnit])
  const inZone = zone === 'UTC' ? (utcNs: bigint): bigint => utcNs : fromWallTime(zone)
  if (format === 'iso')
    return (text, pass) => {
      // A bare date is no instant of its own: it is midnight on that wall, like a time without a zone.
      if (text.length > 10 && /(?:[Zz]|[+-]\d\d:\d\d)$/.test(text)) return parseInstant(text)
      const wall = parseInstant(text, 'utc')
      return wall === null ? null : inZone(wall, text.length > 10 ? pass : undefined)
    }
  const pattern = patternOf(format)
  return (text, pass) => {
    const found = pattern.exec(text)?.groups
    if (found === undefined) return null
    const two = (value: string | undefined, otherwise: string): string => (value ?? otherwise).padStart(2, '0')
    const { year, month, day, hour, minute, second, fraction } = found
    const iso = `${year}-${two(month, '1')}-${two(day, '1')}T${two(hour, '0')}:${two(minute, '0')}:${two(second, '0')}`
    const wall = parseInstant(fraction === undefined ? iso : `${iso}.${fraction}`, 'utc')
    return wall === null ? null : inZone(wall, hour === undefined ? undefined : pass)
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

/**
 * Tells the two passes of an hour that the clock repeats apart, by the rows of one series in their order: a time at which they
 * would not go on, forwards or (where the newest comes first) backwards, is of the pass at which they do.
 */
export class RepeatedHour {
  #lastNs: bigint | null = null
  #backwards = false

  /** @param second null where the clock shows the time once */
  choose(firstNs: bigint, second: () => bigint | null): bigint {
    const lastNs = this.#lastNs
    if (lastNs === null || (firstNs > lastNs && !this.#backwards)) return firstNs
    const secondNs = second()
    return secondNs === null || (this.#backwards && secondNs >= lastNs) ? firstNs : secondNs
  }

  took(timeNs: bigint): void {
    if (this.#lastNs !== null && timeNs !== this.#lastNs) this.#backwards = timeNs < this.#lastNs
    this.#lastNs = timeNs
  }
}

/** A wall's time, given as if it were UTC, to the instant at which that wall shows it. */
function fromWallTime(zone: string): (wallNs: bigint, pass?: RepeatedHour) => bigint {
  const clock = siteClock(zone)
  const nsPerMinute = 60_000_000_000n
  let lastMinute = Number.NaN
  let startMs = 0
  let startNs = 0n
  /** How much later the clock shows this minute again; 0 when it does not. */
  let againNs = 0n
  return (wallNs, pass) => {
    const minute = Math.floor(Number(wallNs / 1_000_000n) / 60_000)
    if (minute !== lastMinute) {
      const day = Math.floor(minute / 1440)
      const date = new Date(day * 86_400_000).toISOString().slice(0, 10)
      startMs = clock.instant(date, minute - day * 1440)
      startNs = BigInt(startMs) * 1_000_000n
      againNs = BigInt(repeatedAfterMs(clock, startMs)) * 1_000_000n
      lastMinute = minute
    }
    const firstNs = startNs + (wallNs - BigInt(minute) * nsPerMinute)
    return pass === undefined ? firstNs : pass.choose(firstNs, () => (againNs === 0n ? null : firstNs + againNs))
  }
}

/** How long after an instant the clock shows the same time again, by the length of its change; 0 when it does not. */
function repeatedAfterMs(clock: SiteClock, firstMs: number): number {
  const backMs = clock.offsetMs(firstMs) - clock.offsetMs(firstMs + 86_400_000)
  return backMs > 0 && clock.offsetMs(firstMs + backMs) === clock.offsetMs(firstMs) - backMs ? backMs : 0
}
