import { describe, expect, test } from 'vitest'
import { type FluxTable, fluxTables, plantSource } from '../../../test/support/flux-tables.ts'

const ns = (time: string): bigint => BigInt(Date.parse(time)) * 1_000_000n
const iso = (at: unknown): string => new Date(Number((at as bigint) / 1_000_000n)).toISOString().replace('.000Z', 'Z')
/** One reading of 1 at each time. */
const readings = (...times: readonly string[]) => plantSource(times.map((time) => `m v=1 ${ns(time)}`).join('\n'))
const ask = (start: string, stop: string, operators: string, source = readings()) =>
  fluxTables(
    `import "date"\nimport "timezone"\nfrom(bucket: "plant") |> range(start: ${start}, stop: ${stop}) ${operators}`,
    source,
  )
const ends = (tables: readonly FluxTable[]) => tables[0]!.rows.map(({ _time, _value }) => `${iso(_time)} ${_value}`)

describe('windows of months', () => {
  const source = readings('2024-01-31T12:00:00Z', '2024-02-29T23:59:59Z', '2024-03-01T00:00:00Z')
  test('are as long as the months', async () => {
    expect(ends(await ask('2024-01-01', '2024-04-01', '|> aggregateWindow(every: 1mo, fn: count)', source))).toEqual([
      '2024-02-01T00:00:00Z 1',
      '2024-03-01T00:00:00Z 1',
      '2024-04-01T00:00:00Z 1',
    ])
  })
  test('are cut to the range at both ends', async () => {
    const tables = await ask('2024-01-31', '2024-03-15', '|> window(every: 1mo, createEmpty: true)', source)
    expect(tables.map(({ rows }) => rows.map(({ _start, _stop }) => [iso(_start), iso(_stop)]))).toEqual([
      [['2024-01-31T00:00:00Z', '2024-02-01T00:00:00Z']],
      [['2024-02-01T00:00:00Z', '2024-03-01T00:00:00Z']],
      [['2024-03-01T00:00:00Z', '2024-03-15T00:00:00Z']],
    ])
  })
  test('of years begin in January, of quarters every third month', async () => {
    const count = (every: string) =>
      ask('2023-06-01', '2024-08-01', `|> aggregateWindow(every: ${every}, fn: count, createEmpty: false)`, source)
    expect(ends(await count('1y'))).toEqual(['2024-08-01T00:00:00Z 3'])
    expect(ends(await count('3mo'))).toEqual(['2024-04-01T00:00:00Z 3'])
  })
})

describe('days on a wall clock', () => {
  const berlin = 'location: timezone.location(name: "Europe/Berlin")'
  test('have 23 hours when it goes forward', async () => {
    const tables = await ask(
      '2026-03-27T23:00:00Z',
      '2026-03-30T22:00:00Z',
      `|> aggregateWindow(every: 1d, fn: count, ${berlin})`,
      readings('2026-03-28T22:59:59Z', '2026-03-28T23:00:00Z', '2026-03-29T21:59:59Z', '2026-03-29T22:00:00Z'),
    )
    expect(ends(tables)).toEqual(['2026-03-28T23:00:00Z 1', '2026-03-29T22:00:00Z 2', '2026-03-30T22:00:00Z 1'])
  })
  test('have 25 hours when it goes back, and its hour that comes twice is one window', async () => {
    const days = await ask(
      '2026-10-24T22:00:00Z',
      '2026-10-25T23:00:00Z',
      `|> aggregateWindow(every: 1d, fn: count, ${berlin})`,
      readings('2026-10-24T22:00:00Z', '2026-10-25T22:59:59Z'),
    )
    expect(ends(days)).toEqual(['2026-10-25T23:00:00Z 2'])
    const hours = await ask(
      '2026-10-25T00:00:00Z',
      '2026-10-25T02:00:00Z',
      `|> aggregateWindow(every: 1h, fn: count, ${berlin})`,
      readings('2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'),
    )
    expect(ends(hours)).toEqual(['2026-10-25T02:00:00Z 2'])
  })
  test('follow the option location too', async () => {
    const tables = await fluxTables(
      `import "timezone"\noption location = timezone.location(name: "Europe/Berlin")
      from(bucket: "plant") |> range(start: 2026-03-28T23:00:00Z, stop: 2026-03-29T22:00:00Z)
        |> aggregateWindow(every: 1d, fn: count)`,
      readings('2026-03-29T12:00:00Z'),
    )
    expect(ends(tables)).toEqual(['2026-03-29T22:00:00Z 1'])
  })
})

describe('window', () => {
  const source = readings('2026-04-01T00:00:30Z', '2026-04-01T00:01:30Z', '2026-04-01T00:03:30Z')
  const inRange = (operators: string) => ask('2026-04-01T00:00:00Z', '2026-04-01T00:04:00Z', operators, source)
  test('puts a row into every window that holds it, and into none between short ones', async () => {
    const sizes = async (call: string) => (await inRange(`|> window(${call})`)).map(({ rows }) => rows.length)
    expect(await sizes('every: 1m, period: 2m')).toEqual([1, 2, 1, 1, 1])
    expect(await sizes('every: 1m, period: 20s')).toEqual([])
    expect(await sizes('every: 1m, period: 20s, createEmpty: true')).toEqual([0, 0, 0, 0])
    expect(await sizes('period: 2m')).toEqual([2, 1])
  })
  test('takes rows that lie beyond the range into a table of the range', async () => {
    const tables = await inRange(
      '|> map(fn: (r) => ({r with _time: date.add(d: 1h, to: r._time)})) |> window(every: 1m)',
    )
    expect(tables.map(({ rows }) => [rows.length, iso(rows[0]!._start), iso(rows[0]!._stop)])).toEqual([
      [3, '2026-04-01T00:00:00Z', '2026-04-01T00:04:00Z'],
    ])
  })
  test('follows a range that was shifted as a whole', async () => {
    const tables = await inRange('|> timeShift(duration: 1h) |> aggregateWindow(every: 2m, fn: count)')
    expect(ends(tables)).toEqual(['2026-04-01T01:02:00Z 2', '2026-04-01T01:04:00Z 1'])
  })
  test('refuses what makes no windows, and rows without a time', async () => {
    await expect(inRange('|> window(every: 1m, period: -1m)')).rejects.toThrow('parameter "period" must be positive')
    await expect(inRange('|> window(every: 1m, timeColumn: "at")')).rejects.toThrow(
      /^runtime error @3:\d+-3:\d+: window: missing time column "at"$/,
    )
    await expect(inRange('|> window(every: inf, createEmpty: true)')).rejects.toThrow(
      'window(every: inf, createEmpty: true) is not supported by the embedded store',
    )
  })
})

test('truncateTimeColumn begins the unit, months by the calendar', async () => {
  const tables = await ask(
    '2026-01-01',
    '2027-01-01',
    '|> truncateTimeColumn(unit: 1mo)',
    readings('2026-02-28T23:59:59Z', '2026-03-31T00:00:00Z'),
  )
  expect(tables[0]!.rows.map(({ _time }) => iso(_time))).toEqual(['2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z'])
})

test('hourSelection takes both hours in, runs over midnight, and reads a clock on the wall', async () => {
  const source = readings(
    '2026-04-01T05:59:59Z',
    '2026-04-01T06:00:00Z',
    '2026-04-01T22:00:00Z',
    '2026-04-01T23:00:00Z',
  )
  const hours = async (call: string) =>
    (await ask('2026-04-01', '2026-04-02', `|> hourSelection(${call})`, source))[0]!.rows.map(({ _time }) =>
      iso(_time).slice(11, 13),
    )
  expect(await hours('start: 5, stop: 6')).toEqual(['05', '06'])
  expect(await hours('start: 23, stop: 5')).toEqual(['05', '23'])
  expect(await hours('start: 0, stop: 0, location: timezone.location(name: "Europe/Berlin")')).toEqual(['22'])
  await expect(hours('start: 0, stop: 24')).rejects.toThrow('stop must be between 0 and 23')
})
