import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fluxTables, plantSource } from '../../../test/support/flux-tables.ts'

const minuteNs = 60_000_000_000
const startNs = BigInt(Date.UTC(2026, 3, 15)) * 1_000_000n
const range = 'range(start: 2026-04-15T00:00:00Z, stop: 2026-04-15T01:00:00Z)'

/** Readings of up to three machines in the first hour of the day, minute by minute at random, some on a full minute. */
const anyLines = fc
  .array(
    fc.record({
      machine: fc.constantFrom('a', 'b', 'c'),
      minute: fc.integer({ min: 0, max: 59 }),
      ns: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: minuteNs - 1 })),
      value: fc.oneof(
        fc.integer({ min: -5, max: 5 }),
        fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
      ),
    }),
    { maxLength: 60 },
  )
  .map((points) =>
    points
      .map(({ machine, minute, ns, value }) => {
        const time = startNs + BigInt(minute) * BigInt(minuteNs) + BigInt(ns)
        return `m,machine=${machine} v=${value},n=${Math.trunc(value)}i ${time}`
      })
      .join('\n'),
  )

const gaps = '|> map(fn: (r) => ({r with _value: if r._value > 0.0 then r._value else debug.null(type: "float")}))'
const inputs = {
  'a read': '',
  'ints of a read': '',
  'a group of a read': '|> group(columns: ["machine"])',
  'all in one, out of order': '|> group()',
  'values with gaps': gaps,
  'tables with empty ones': '|> filter(fn: (r) => r._value > 0.5, onEmpty: "keep")',
  'rows beyond the range': '|> map(fn: (r) => ({r with _time: date.add(d: 10m, to: r._time)}))',
}
const functions = ['mean', 'sum', 'count', 'min', 'max', 'first', 'last', 'spread', 'stddev', 'skew', 'median']
const windows = [
  'every: 7m',
  'every: 10m, period: 25m',
  'every: 10m, period: 3m',
  'every: 15m, offset: 4m',
  'every: 1d',
  'every: 1mo',
  'every: 20m, location: {zone: "Asia/Kolkata", offset: 0s}',
  'every: 20m, timeSrc: "_start"',
  'every: 20m, timeDst: "at"',
]

describe('aggregateWindow of a builtin', () => {
  test.each(Object.entries(inputs))('is what its parts give one after the other: %s', async (name, operators) => {
    await fc.assert(
      fc.asyncProperty(
        anyLines,
        fc.constantFrom(...functions),
        fc.constantFrom(...windows),
        fc.boolean(),
        async (lines, fn, window, createEmpty) => {
          const source = plantSource(lines)
          const field = name.startsWith('ints') ? 'n' : 'v'
          const run = (call: string) =>
            fluxTables(
              `import "date"\nimport "internal/debug"\nfrom(bucket: "plant") |> ${range} |> filter(fn: (r) => r._field == "${field}") ${operators}
                |> aggregateWindow(${window}, createEmpty: ${createEmpty}, fn: ${call})`,
              source,
            )
          const general = run(`(column, tables=<-) => tables |> ${fn}(column: column)`)
          expect(await run(fn)).toEqual(await general)
        },
      ),
      { numRuns: 25 },
    )
  })

  const lines =
    'm,machine=a v=1 1776211200000000000\nm,machine=a v=3 1776211230000000000\nm,machine=a v=8 1776211320000000000'
  const ask = (call: string, operators = '') =>
    fluxTables(`from(bucket: "plant") |> ${range} ${operators} |> aggregateWindow(${call})`, plantSource(lines))

  test('gives a window of the range its end, cut to the range', async () => {
    const [table] = await ask('every: 45m, fn: count')
    expect(table!.rows.map(({ _value, _time }) => [_value, _time])).toEqual([
      [3n, startNs + 45n * 60_000_000_000n],
      [0n, startNs + 60n * 60_000_000_000n],
    ])
  })
  test('needs the general way where tables meet in a window', async () => {
    const [one, ...none] = await ask(
      'every: 30m, fn: sum, createEmpty: false',
      '|> window(every: 1m) |> drop(columns: ["_measurement"])',
    )
    expect(none).toEqual([])
    expect(one!.rows.map(({ _value }) => _value)).toEqual([12])
  })
  test('knows the words of storage for a type that it does not take, and its own behind other operators', async () => {
    const source = plantSource('m s="x" 1776211200000000000')
    const run = (operators: string, fn: string) =>
      fluxTables(`from(bucket: "plant") |> ${range} ${operators} |> aggregateWindow(every: 1m, fn: ${fn})`, source)
    await expect(run('', 'mean')).rejects.toThrow(/^unsupported input type for mean aggregate: string$/)
    await expect(run('|> limit(n: 1)', 'mean')).rejects.toThrow(
      /aggregateWindow: unsupported aggregate column type string$/,
    )
  })
  test('refuses to replace a column of the key', async () => {
    await expect(ask('every: 1m, fn: mean', '|> group(columns: ["_time"])')).rejects.toThrow(
      'column "_time" is part of the group key',
    )
  })
  test('ends with a clear error when the windows alone are too many', async () => {
    await expect(ask('every: 1ns, fn: mean')).rejects.toThrow('query holds more than 268435456 bytes')
  })
})
