import { addMonths, floorDiv, monthsSinceEpoch } from '../../../lib/time/calendar.ts'
import { Duration } from '../../../lib/time/duration.ts'
import { Zone } from '../../../lib/time/zone.ts'
import { kindOf } from '../arguments.ts'
import { FluxError } from '../errors.ts'
import type { Bounds } from '../stream.ts'
import { FluxRecord, type Value } from '../values.ts'

/** A clock on a wall: the one windows are aligned to. */
export interface WallClock {
  /** null = UTC */
  readonly zone: Zone | null
  readonly offset: Duration
}

/**
 * The windows of `window` and `aggregateWindow`: number i begins at zero + i·every and lasts `period`, reckoned on the wall clock
 * of a location, where zero is 1970 less the location's offset plus `offset`. A day there may have 23 or 25 hours; a begin that
 * the clock skips is the moment of the change.
 */
export class WindowGrid {
  readonly #every: Duration
  readonly #period: Duration
  readonly #zone: Zone | null
  readonly #zeroNs: bigint

  /** @throws FluxError when a duration mixes months and nanoseconds, or `every` is not positive */
  constructor(every: Duration, period: Duration, offset: Duration, { zone, offset: shift }: WallClock) {
    for (const duration of [every, period, offset])
      if (duration.isMixed)
        throw new FluxError('invalid', 'duration used as an interval cannot mix month and nanosecond units')
    if (every.isNegative) throw new FluxError('invalid', 'parameter "every" must be non-negative')
    if (every.isZero) throw new FluxError('invalid', 'duration used as an interval cannot be zero')
    if (period.isNegative || period.isZero) throw new FluxError('invalid', 'parameter "period" must be positive')
    this.#every = every
    this.#period = period
    this.#zone = zone
    this.#zeroNs = plus(plus(0n, shift.negate()), offset)
  }

  /** True when no row can be in two windows and none between two. */
  get isTiling(): boolean {
    return this.#every.equals(this.#period)
  }

  /** Window number `i`. */
  at(i: bigint): Bounds {
    const { months, ns } = this.#every
    const local = months === 0n ? this.#zeroNs + i * ns : addMonths(this.#zeroNs, Number(i * months))
    return { startNs: this.#toUtc(local), stopNs: this.#toUtc(plus(local, this.#period)) }
  }

  /** The number of the last window that begins at or before an instant. */
  last(ns: bigint): bigint {
    const local = this.#zone === null ? ns : this.#zone.toLocal(ns)
    const { months } = this.#every
    let i =
      months === 0n
        ? floorDiv(local - this.#zeroNs, this.#every.ns)
        : floorDiv(BigInt(monthsSinceEpoch(local) - monthsSinceEpoch(this.#zeroNs)), months)
    // Days that months lack, and changes of the clock, move it by a window.
    while (this.at(i).startNs > ns) i--
    while (this.at(i + 1n).startNs <= ns) i++
    return i
  }

  /** The windows that hold an instant, the earliest first. */
  holding(ns: bigint): Bounds[] {
    const windows: Bounds[] = []
    for (let i = this.last(ns); ; i--) {
      const window = this.at(i)
      if (window.stopNs <= ns) {
        // A window that a change of the clock has emptied says nothing about the one before it.
        if (window.stopNs > window.startNs) break
        continue
      }
      windows.unshift(window)
    }
    return windows
  }

  /** The windows that share some time with the bounds, one by one, the earliest first. */
  *overlapping({ startNs, stopNs }: Bounds): Generator<Bounds, void, undefined> {
    if (startNs >= stopNs) return
    let first = this.last(startNs)
    while (this.at(first - 1n).stopNs > startNs) first--
    for (let i = first; ; i++) {
      const window = this.at(i)
      if (window.startNs >= stopNs) return
      if (window.stopNs > startNs && window.stopNs > window.startNs) yield window
    }
  }

  #toUtc(local: bigint): bigint {
    return this.#zone === null ? local : this.#zone.toUtc(local)
  }
}

/** Months first, then nanoseconds. */
export const plus = (ns: bigint, duration: Duration): bigint =>
  (duration.months === 0n ? ns : addMonths(ns, Number(duration.months))) + duration.ns

/** Both cut to what they share. */
export const clipped = (window: Bounds, range: Bounds): Bounds => ({
  startNs: window.startNs > range.startNs ? window.startNs : range.startNs,
  stopNs: window.stopNs < range.stopNs ? window.stopNs : range.stopNs,
})

/** A location record `{zone, offset}`, as `timezone.location` makes it. @throws FluxError for a zone nobody knows */
export function wallClockOf(location: Value | undefined): WallClock {
  if (location === undefined) return utc
  if (!(location instanceof FluxRecord))
    throw new FluxError('invalid', `keyword argument "location" should be of kind object, but got ${kindOf(location)}`)
  return clockOfRecord(location)
}

function clockOfRecord(location: FluxRecord): WallClock {
  const name = location.get('zone') ?? 'UTC'
  const offset = location.get('offset') ?? Duration.zero
  if (typeof name !== 'string') throw new FluxError('invalid', `zone must be a string, got ${kindOf(name)}`)
  if (!(offset instanceof Duration)) throw new FluxError('invalid', `offset must be a duration, got ${kindOf(offset)}`)
  if (name === 'UTC' || name === '') return { zone: null, offset }
  const zone = Zone.of(name)
  if (zone === null) throw new FluxError('invalid', `unknown time zone ${name}`)
  return { zone, offset }
}

const utc: WallClock = { zone: null, offset: Duration.zero }
