import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dayAt, plannedTime, shiftAt, shiftsBetween, weekAt } from './calendar.ts'
import { defaultPlant } from './default-plant.ts'
import type { Site } from './model.ts'
import { readPlant } from './read-plant.ts'
import { siteClock } from './site-clock.ts'

const site: Site = defaultPlant().sites[0]!
const at = (text: string): number => Date.parse(text)
const iso = (ms: number): string => new Date(ms).toISOString().slice(0, 16)
const hours = ({ fromMs, toMs }: { fromMs: number; toMs: number }): number => (toMs - fromMs) / 3_600_000

describe('days and weeks of a site', () => {
  it('are the site’s, not UTC’s', () => {
    expect(dayAt(site, at('2026-11-24T23:30:00Z'))).toEqual({
      date: '2026-11-25',
      fromMs: at('2026-11-24T23:00:00Z'),
      toMs: at('2026-11-25T23:00:00Z'),
    })
    expect(weekAt(site, at('2026-11-29T23:30:00Z')).week).toBe('2026-W49')
    expect(weekAt(site, at('2026-11-29T22:30:00Z')).week).toBe('2026-W48')
  })

  it('have 23 and 25 hours when the clock changes', () => {
    expect(hours(dayAt(site, at('2026-03-29T12:00:00Z')))).toBe(23)
    expect(hours(dayAt(site, at('2026-10-25T12:00:00Z')))).toBe(25)
    expect(hours(weekAt(site, at('2026-10-25T12:00:00Z')))).toBe(169)
  })

  it('count weeks as ISO 8601 does around New Year', () => {
    expect(weekAt(site, at('2027-01-03T12:00:00Z')).week).toBe('2026-W53')
    expect(weekAt(site, at('2024-12-30T12:00:00Z')).week).toBe('2025-W01')
  })
})

describe('the clock of a site', () => {
  const berlin = siteClock('Europe/Berlin')

  it('takes a time that summer time leaves out as an hour later, and of a time that comes twice the first', () => {
    expect(iso(berlin.instant('2026-03-29', 150))).toBe('2026-03-29T01:30')
    expect(iso(berlin.instant('2026-10-25', 150))).toBe('2026-10-25T00:30')
    expect(iso(berlin.instant('2026-10-25', 180))).toBe('2026-10-25T02:00')
    expect(iso(berlin.instant('2026-03-29', 180))).toBe('2026-03-29T01:00')
  })

  it('knows zones of half and quarter hours and a day that a zone left out', () => {
    expect(siteClock('Asia/Kathmandu').offsetMs(at('2026-01-01T00:00:00Z'))).toBe(20_700_000)
    expect(siteClock('Australia/Lord_Howe').wallTime(at('2026-01-01T00:00:00Z')).minuteOfDay).toBe(11 * 60)
    expect(siteClock('Pacific/Apia').wallTime(at('2011-12-30T09:59:00Z')).date).toBe('2011-12-29')
    expect(siteClock('Pacific/Apia').wallTime(at('2011-12-30T10:00:00Z')).date).toBe('2011-12-31')
  })

  it('finds the instant of every wall time it shows', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata'),
        fc.integer({ min: at('2020-01-01') / 60_000, max: at('2030-01-01') / 60_000 }),
        (zone, minute) => {
          const clock = siteClock(zone)
          const shown = clock.wallTime(minute * 60_000)
          const back = clock.instant(shown.date, shown.minuteOfDay)
          expect(back).toBeLessThanOrEqual(minute * 60_000)
          expect(clock.wallTime(back)).toEqual(shown)
        },
      ),
    )
  })
})

describe('shifts', () => {
  it('that pass midnight belong to the day they begin', () => {
    const night = shiftAt(site, at('2026-11-25T02:00:00Z'))
    expect(night).toMatchObject({ date: '2026-11-24', shift: { id: 'night' } })
    expect([iso(night!.fromMs), iso(night!.toMs)]).toEqual(['2026-11-24T21:00', '2026-11-25T05:00'])
  })

  it('are half open: at six the early shift is at work, not the night shift', () => {
    expect(shiftAt(site, at('2026-11-25T05:00:00Z'))!.shift.id).toBe('early')
    expect(shiftAt(site, at('2026-11-25T04:59:59Z'))!.shift.id).toBe('night')
  })

  it('follow the clock on the wall: the night of the time change has nine hours, or seven', () => {
    const nights = readPlant(`version: 1
name: N
sites:
  - { id: n, name: N, timeZone: Europe/Berlin, currency: EUR, energyPrice: 0, shifts: [{ id: n, name: N, from: "22:00", to: "06:00", days: [sat] }] }
`).sites[0]!
    expect(hours(shiftAt(nights, at('2026-10-25T01:00:00Z'))!)).toBe(9)
    expect(hours(shiftAt(nights, at('2026-03-29T01:00:00Z'))!)).toBe(7)
    expect(hours(shiftAt(nights, at('2026-03-22T01:00:00Z'))!)).toBe(8)
  })

  it('do not begin on a holiday, and the one from the evening before goes on into it', () => {
    const worked = shiftsBetween(site, at('2026-12-24T12:00:00Z'), at('2026-12-26T12:00:00Z'))
    expect(worked.map(({ date, shift }) => `${date} ${shift.id}`)).toEqual([
      '2026-12-24 early',
      '2026-12-24 late',
      '2026-12-24 night',
    ])
  })

  it('are the same whether asked for one day or for a month', () => {
    const month = shiftsBetween(site, at('2026-10-01'), at('2026-11-01'))
    for (const worked of month) expect(shiftAt(site, worked.fromMs)).toEqual(worked)
    expect(month.every((worked, i) => i === 0 || worked.fromMs >= month[i - 1]!.toMs)).toBe(true)
  })
})

describe('planned time of a machine', () => {
  it('is its shifts less breaks and stops of its line', () => {
    const friday = (line: string): number =>
      plannedTime(site, line, 'any', at('2026-11-27T05:00:00Z'), at('2026-11-27T13:00:00Z')).reduce(
        (sum, span) => sum + (span.toMs - span.fromMs) / 60_000,
        0,
      )
    expect(friday('line-1')).toBe(480 - 20 - 30)
    expect(friday('line-2')).toBe(480 - 20 - 30 - 60)
  })

  it('leaves out a stop of its own, with a beginning and an end', () => {
    const closed: Site = {
      ...site,
      plannedStops: [{ name: 'Revision', machines: ['mill-1'], from: '2026-11-23T06:00', to: '2026-11-25T06:00' }],
    }
    const spans = (machine: string) =>
      plannedTime(closed, 'line-2', machine, at('2026-11-23T00:00:00Z'), at('2026-11-26T00:00:00Z'))
    expect(iso(spans('mill-1')[0]!.fromMs)).toBe('2026-11-25T05:00')
    expect(iso(spans('lathe-1')[0]!.fromMs)).toBe('2026-11-23T05:00')
  })
})
