import { expect, test } from 'vitest'
import { fluxTables, plantSource } from '../../../test/support/flux-tables.ts'

const inKey = `import "array"
array.from(rows: [
  {_start: 2026-01-01T00:00:00Z, _stop: 2026-01-01T00:01:00Z, _time: 2026-01-01T00:00:30Z},
  {_start: 2026-01-01T00:00:00Z, _stop: 2026-01-01T00:01:00Z, _time: 2026-01-01T00:01:00Z},
])
  |> group(columns: ["_start", "_stop"])`
const second = (text: string): bigint => BigInt(Date.parse(text)) * 1_000_000n

test('rows are judged by what the script asks for, bounds in the key are narrowed', async () => {
  const [table] = await fluxTables(`${inKey} |> range(start: 2026-01-01T00:00:10Z, stop: 2026-01-01T00:02:00Z)`)
  expect(table!.rows.map(({ _start, _stop, _time }) => [_start, _stop, _time])).toEqual(
    ['2026-01-01T00:00:30Z', '2026-01-01T00:01:00Z'].map((time) => [
      second('2026-01-01T00:00:10Z'),
      second('2026-01-01T00:01:00Z'),
      second(time),
    ]),
  )
})

test('a range after a range keeps what both ask for', async () => {
  const source = plantSource('m v=1 1776254400000000000\nm v=2 1776254460000000000')
  const [table] = await fluxTables(
    `from(bucket: "plant") |> range(start: 2026-04-15T12:00:00Z, stop: 2026-04-15T12:01:00Z)
  |> aggregateWindow(every: 30s, fn: count)
  |> range(start: 2026-04-15T12:00:30Z, stop: 2026-04-15T13:00:00Z)`,
    source,
  )
  // The last window ends with the first range, so its time is outside of it.
  expect(table!.rows.map(({ _time }) => _time)).toEqual([second('2026-04-15T12:00:30Z')])
})
