import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addMonths, dateOfDays, dateOfNs, daysOfDate, monthsSinceEpoch } from './calendar.ts'
import { parseInstant } from './instant.ts'
import { Zone, zoneOffsetNs } from './zone.ts'

const ns = (text: string): bigint => parseInstant(text)!
const hourNs = 3_600_000_000_000n

describe('a time zone', () => {
  const berlin = Zone.of('Europe/Berlin')!

  it('knows its offset in summer, in winter and on both sides of a change', () => {
    expect(berlin.offsetNs(ns('2026-07-01T00:00:00Z'))).toBe(2n * hourNs)
    expect(berlin.offsetNs(ns('2026-01-01T00:00:00Z'))).toBe(hourNs)
    expect(berlin.offsetNs(ns('2026-03-29T00:59:59.999999999Z'))).toBe(hourNs)
    expect(berlin.offsetNs(ns('2026-03-29T01:00:00Z'))).toBe(2n * hourNs)
    expect(zoneOffsetNs('Asia/Kolkata', 0n)).toBe(19_800_000_000_000n)
  })

  it('takes the moment of the change for a time that the clock skips', () => {
    expect(berlin.toUtc(ns('2026-03-29T02:30:00Z'))).toBe(ns('2026-03-29T01:00:00Z'))
  })

  it('takes the first of the two for a time that the clock shows twice', () => {
    expect(berlin.toUtc(ns('2026-10-25T02:30:00Z'))).toBe(ns('2026-10-25T00:30:00Z'))
  })

  it('is null for a name nobody knows, and for a bare offset', () => {
    expect(zoneOffsetNs('Mars/Olympus', 0n)).toBeNull()
    expect(zoneOffsetNs('+02:00', 0n)).toBeNull()
  })

  it('leads from an instant to the clock and back, except within a repeated hour', () => {
    for (const name of ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'UTC']) {
      const zone = Zone.of(name)!
      fc.assert(
        fc.property(fc.bigInt(0n, ns('2090-01-01T00:00:00Z')), (instant) => {
          const back = zone.toUtc(zone.toLocal(instant))
          return back === instant || (instant - back <= hourNs && zone.toLocal(back) === zone.toLocal(instant))
        }),
        { numRuns: 300 },
      )
    }
  })
})

describe('the calendar', () => {
  it('agrees with Date for every day that Date has', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), (days) => {
        const date = new Date(days * 86_400_000)
        const { year, month, day } = dateOfDays(days)
        expect([year, month, day]).toEqual([date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()])
        expect(daysOfDate(year, month, day)).toBe(days)
      }),
    )
  })

  it('adds months, keeps the clock time and clamps the day to the end of the month', () => {
    expect(addMonths(ns('2026-01-31T10:00:00Z'), 1)).toBe(ns('2026-02-28T10:00:00Z'))
    expect(addMonths(ns('2024-01-31T10:00:00Z'), 1)).toBe(ns('2024-02-29T10:00:00Z'))
    expect(addMonths(ns('2026-01-15T00:00:00Z'), -13)).toBe(ns('2024-12-15T00:00:00Z'))
  })

  it('counts months from January 1970, also backwards', () => {
    expect(monthsSinceEpoch(ns('1969-12-31T23:59:59Z'))).toBe(-1)
    expect(monthsSinceEpoch(ns('2026-03-01T00:00:00Z'))).toBe(674)
    expect(dateOfNs(-1n)).toEqual({ year: 1969, month: 12, day: 31 })
  })
})
