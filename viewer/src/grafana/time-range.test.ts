// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { clockText, momentWithDay } from '../page/age.ts'
import { timeRangeOf, useClockOf } from './time-range.ts'

const utc = (...[from, to, zone, dateZone]: Parameters<typeof timeRangeOf>): string[] | null => {
  const range = timeRangeOf(from, to, zone, dateZone)
  return range && [range.from, range.to].map((moment) => new Date(moment.valueOf()).toISOString())
}

describe('a range in an address', () => {
  it('with dates means days of the site, whatever clock the page is read by', () => {
    const days = ['2026-11-19T23:00:00.000Z', '2026-11-21T23:00:00.000Z']
    for (const clock of ['Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'utc', 'browser'])
      expect(utc('2026-11-20', '2026-11-22', clock, 'Europe/Berlin')).toEqual(days)
    expect(utc('2026-11-20', '2026-11-22', 'America/New_York')![0]).toBe('2026-11-20T05:00:00.000Z')
    expect(utc('2026-07-01 06:30', '2026-07-01T07:00:00', 'utc', 'Europe/Berlin')).toEqual([
      '2026-07-01T04:30:00.000Z',
      '2026-07-01T05:00:00.000Z',
    ])
  })

  it('with an offset or in milliseconds means the same everywhere', () => {
    const wanted = ['2026-11-20T06:00:00.000Z', '2026-11-20T07:00:00.000Z']
    expect(utc('2026-11-20T06:00:00Z', '2026-11-20T08:00:00+01:00', 'Asia/Tokyo')).toEqual(wanted)
    expect(utc(...(wanted.map((text) => String(Date.parse(text))) as [string, string]), 'Asia/Tokyo')).toEqual(wanted)
  })

  it('is none where a text is no time', () => {
    for (const text of [
      'abc',
      '',
      'now-',
      'nowhere',
      'now-3',
      '2026-13-01',
      '2026-02-30',
      '2026-11-20T25:00',
      '9e3',
      '99999999999999999',
    ])
      expect([text, utc(text, 'now', 'utc')]).toEqual([text, null])
    expect(utc('now-6h', 'abc', 'utc')).toBeNull()
    expect(utc('now-1d/d', 'now', 'utc')).not.toBeNull()
  })
})

it('times of day on the page are those of its clock', () => {
  const ms = Date.UTC(2026, 10, 20, 6, 2, 33)
  useClockOf('Europe/Berlin')
  expect([clockText(ms), momentWithDay(ms)]).toEqual(['07:02:33', '2026-11-20 07:02:33 (+01:00)'])
  useClockOf('Asia/Tokyo')
  expect(clockText(ms)).toBe('15:02:33')
})
