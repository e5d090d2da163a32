import { describe, expect, it } from 'vitest'
import { fluxTables, plantSource } from '../../../test/support/flux-tables.ts'

const read = 'from(bucket: "plant") |> range(start: 1970-01-01T00:00:00Z, stop: 1970-01-02T00:00:00Z)'
const levels = plantSource('m,t=a v=1 1000000000\nm,t=a v=2 2000000000\nm,t=b v=7 1000000000\nm,t=b v=9 2000000000')

describe('map to a choice of literals', () => {
  it('counts every row where a table has several outcomes', async () => {
    const tables = await fluxTables(
      `${read} |> group() |> map(fn: (r) => ({class: if r._value < 5.0 then "low" else "high", _value: 1}))
      |> group(columns: ["class"]) |> sum()`,
      levels,
    )
    expect(tables.map(({ rows }) => rows[0])).toEqual([
      { class: 'high', _value: 2n },
      { class: 'low', _value: 2n },
    ])
  })

  it('is refused by name where InfluxDB would lose rows, and right with a column of the input', async () => {
    const script = (more: string): string =>
      `${read} |> map(fn: (r) => ({${more}class: if r._value < 5.0 then "low" else "high", n: 1}))`
    await expect(fluxTables(script(''), levels)).rejects.toThrow(
      /InfluxDB loses such rows: add "r with".* is not supported by the embedded store/,
    )
    const tables = await fluxTables(script('_time: r._time, '), levels)
    expect(tables.reduce((count, { rows }) => count + rows.length, 0)).toBe(4)
  })
})
