import { describe, expect, test } from 'vitest'
import { fluxTables, fluxValues } from '../../../../test/support/flux-tables.ts'

const text = (expression: string): string => `string(v: ${expression})`

describe('parts of a time', () => {
  test('belong to the place that the option location names', async () => {
    const [table] = await fluxTables(`import "array"
import "date"
import "timezone"
option location = timezone.location(name: "Asia/Kolkata")
array.from(rows: [{h: date.hour(t: 2026-01-01T00:00:00Z), m: date.minute(t: 2026-01-01T00:00:00Z), utc: date.hour(t: 2026-01-01T00:00:00Z, location: timezone.utc)}])`)
    expect(table!.rows).toEqual([{ h: 5n, m: 30n, utc: 0n }])
  })
  test('add an offset to a zone', async () => {
    expect(
      await fluxValues({ h: 'date.hour(t: 2026-01-01T00:00:00Z, location: {zone: "Europe/Berlin", offset: 2h})' }, [
        'date',
      ]),
    ).toEqual({ h: 3n })
  })
})

describe('date.truncate', () => {
  test('begins months and years on the clock of a fixed offset', async () => {
    const location = 'timezone.fixed(offset: 5h30m)'
    expect(
      await fluxValues(
        {
          month: text(`date.truncate(t: 2026-03-15T00:00:00Z, unit: 1mo, location: ${location})`),
          year: text(`date.truncate(t: 2026-03-15T00:00:00Z, unit: 1y, location: ${location})`),
        },
        ['date', 'timezone'],
      ),
    ).toEqual({ month: '2026-02-28T18:30:00.000000000Z', year: '2025-12-31T18:30:00.000000000Z' })
  })
  test('takes no unit of months and days together', async () => {
    await expect(fluxValues({ t: 'date.truncate(t: 2026-03-15T00:00:00Z, unit: 1mo2d)' }, ['date'])).rejects.toThrow(
      'cannot mix month and nanosecond units',
    )
  })
})

describe('date.add and date.sub', () => {
  test('count months by the calendar of the place', async () => {
    expect(
      await fluxValues(
        {
          plain: text('date.add(d: 1mo, to: 2024-01-31T12:00:00Z)'),
          placed: text('date.sub(d: 1d, from: 2026-05-02T00:00:00Z, location: timezone.location(name: "Asia/Tokyo"))'),
        },
        ['date', 'timezone'],
      ),
    ).toEqual({ plain: '2024-02-29T12:00:00.000000000Z', placed: '2026-05-01T00:00:00.000000000Z' })
  })
  test('are refused over a change of the clock', async () => {
    await expect(
      fluxValues(
        { t: 'date.add(d: 1d, to: 2026-03-28T12:00:00Z, location: timezone.location(name: "Europe/Berlin"))' },
        ['date', 'timezone'],
      ),
    ).rejects.toThrow('adding a duration over a change of the clock in a time zone is not supported')
  })
})

describe('boundaries', () => {
  test('of a day of the week are those of the last one before today', async () => {
    expect(
      await fluxValues(
        {
          wednesday: text('boundaries.wednesday().start'),
          thursday: text('boundaries.thursday().start'),
          before: text('boundaries.week(week_offset: -1).stop'),
          february: text('boundaries.month(month_offset: -2).stop'),
        },
        ['experimental/date/boundaries'],
      ),
    ).toEqual({
      wednesday: '2026-04-08T00:00:00.000000000Z',
      thursday: '2026-04-09T00:00:00.000000000Z',
      before: '2026-04-13T00:00:00.000000000Z',
      february: '2026-03-01T00:00:00.000000000Z',
    })
  })
  test('are refused under an option location', async () => {
    await expect(
      fluxTables(`import "array"
import "timezone"
import "experimental/date/boundaries"
option location = timezone.location(name: "Europe/Berlin")
array.from(rows: [{t: boundaries.yesterday().start}])`),
    ).rejects.toThrow('today() with an option location is not supported')
  })
})
