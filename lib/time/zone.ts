import { nsPerMs } from './instant.ts'

/** A time zone of the IANA database, with the changes of its clock found once: `Intl` alone costs microseconds per question. */
export class Zone {
  /** Instants (ms since 1970, ascending) from which on the offset of the same index holds; the first is −∞. */
  readonly #fromMs: readonly number[]
  readonly #offsetsNs: readonly bigint[]

  private constructor(
    readonly name: string,
    changes: readonly (readonly [fromMs: number, offsetMs: number])[],
  ) {
    this.#fromMs = changes.map(([fromMs]) => fromMs)
    this.#offsetsNs = changes.map(([, offsetMs]) => BigInt(offsetMs) * nsPerMs)
  }

  static readonly #known = new Map<string, Zone | null>()

  /** @returns null for a zone nobody knows. Names are those of the IANA database, in its spelling. */
  static of(name: string): Zone | null {
    let zone = Zone.#known.get(name)
    if (zone === undefined) {
      // `Intl` also takes any spelling and bare offsets, which the database has not.
      const format = /^[A-Z][A-Za-z0-9_+/-]*$/.test(name) ? formatOf(name) : null
      zone = format === null ? null : new Zone(name, changesOf(format))
      if (Zone.#known.size < knownMax) Zone.#known.set(name, zone)
    }
    return zone
  }

  /** What the zone's clock is ahead of UTC at an instant, in nanoseconds. */
  offsetNs(ns: bigint): bigint {
    return this.#offsetsNs[this.#index(ns)]!
  }

  /** What the zone's clock shows at an instant, written as nanoseconds since 1970. */
  toLocal(ns: bigint): bigint {
    return ns + this.offsetNs(ns)
  }

  /**
   * The instant at which the clock shows `localNs`: the first of two when the hour is repeated, the moment of the change when the
   * clock skips it.
   */
  toUtc(localNs: bigint): bigint {
    const near = this.#index(localNs - this.#offsetsNs[this.#index(localNs)]!)
    for (let i = Math.max(0, near - 1); i <= Math.min(near + 1, this.#fromMs.length - 1); i++) {
      const ns = localNs - this.#offsetsNs[i]!
      const next = this.#fromMs[i + 1]
      if (next !== undefined && ns >= BigInt(next) * nsPerMs) continue
      const from = this.#fromMs[i]!
      // Earlier than this period and later than the one before: the clock skipped it.
      return from !== Number.NEGATIVE_INFINITY && ns < BigInt(from) * nsPerMs ? BigInt(from) * nsPerMs : ns
    }
    return localNs - this.#offsetsNs[near]!
  }

  #index(ns: bigint): number {
    const ms = Number(ns / nsPerMs - (ns % nsPerMs < 0n ? 1n : 0n))
    let low = 0
    let high = this.#fromMs.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (this.#fromMs[middle]! <= ms) low = middle
      else high = middle
    }
    return low
  }
}

/** The offset of a zone at an instant in nanoseconds; null for a zone nobody knows. */
export const zoneOffsetNs = (zone: string, ns: bigint): bigint | null => Zone.of(zone)?.offsetNs(ns) ?? null

/** Names come from queries; more than the database holds are not kept. */
const knownMax = 1000

/** Changes are looked for from 1900 until 2100; after that the last offset stays. */
const firstMs = Date.UTC(1900, 0, 1)
const lastMs = Date.UTC(2100, 0, 1)
/** Shorter than any two changes that undo one another. */
const stepMs = 14 * 86_400_000

function formatOf(name: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    return null
  }
}

function changesOf(format: Intl.DateTimeFormat): (readonly [number, number])[] {
  let before = offsetMsAt(format, firstMs)
  const changes: (readonly [number, number])[] = [[Number.NEGATIVE_INFINITY, before]]
  for (let at = firstMs; at < lastMs; at += stepMs) {
    const after = offsetMsAt(format, at + stepMs)
    if (after === before) continue
    let low = at
    let high = at + stepMs
    while (high - low > 1000) {
      const middle = low + Math.floor((high - low) / 2000) * 1000
      if (offsetMsAt(format, middle) === before) low = middle
      else high = middle
    }
    changes.push([high, after])
    before = after
  }
  return changes
}

function offsetMsAt(format: Intl.DateTimeFormat, ms: number): number {
  const fields: Record<string, number> = {}
  for (const { type, value } of format.formatToParts(ms)) if (/^\d+$/.test(value)) fields[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields
  return Date.UTC(year, month - 1, day, hour, minute, second) - ms
}
