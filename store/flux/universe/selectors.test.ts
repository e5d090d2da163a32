import { describe, expect, test } from 'vitest'
import { fluxTables, plantSource } from '../../../test/support/flux-tables.ts'
import { type Cell, Column, type ColumnType } from '../column.ts'
import { firstSelector } from './first.ts'
import { lastSelector } from './last.ts'
import { maxSelector } from './max.ts'
import { minSelector } from './min.ts'

const chosen = (type: ColumnType, cells: readonly Cell[]) =>
  [firstSelector, lastSelector, minSelector, maxSelector].map(({ select }) =>
    select(Column.from('_value', type, cells), 0, cells.length),
  )

describe('selectors', () => {
  test('pass over gaps, and take the first of equals', () => {
    expect(chosen('float', [null, 2, 1, 1, 2, null])).toEqual([1, 4, 2, 1])
    expect(chosen('time', [5n, 5n])).toEqual([0, 1, 0, 0])
  })
  test('compare ints that a double cannot tell apart', () => {
    expect(chosen('int', [2n ** 53n + 1n, 2n ** 53n, 2n ** 53n + 2n]).slice(2)).toEqual([1, 2])
    expect(chosen('uint', [1n, 2n ** 64n - 1n]).slice(2)).toEqual([0, 1])
  })
  test('of nothing but gaps, or of nothing, choose no row', () => {
    expect(chosen('float', [null, null])).toEqual([-1, -1, -1, -1])
    expect(chosen('float', [])).toEqual([-1, -1, -1, -1])
  })
})

const at = 1776254400
const read = 'from(bucket: "plant") |> range(start: 2026-04-15T12:00:00Z, stop: 2026-04-15T13:00:00Z)'
const source = plantSource(
  [
    `m,h=a v=1 ${at + 60}000000000`,
    `m,h=a v=2 ${at + 120}000000000`,
    `m,h=b v=3 ${at}000000000`,
    `m,h=b v=4 ${at + 120}000000000`,
    `m,h=c v=5 ${at}000000000`,
  ].join('\n'),
)
const values = async (script: string): Promise<Cell[]> =>
  (await fluxTables(script, source)).flatMap(({ rows }) => rows.map(({ _value }) => _value!))

describe('selectors in scripts', () => {
  test('on a group of a read go by time over all series, and for equal times by the order of series', async () => {
    expect(await values(`${read} |> group() |> first()`)).toEqual([3])
    expect(await values(`${read} |> group() |> last()`)).toEqual([4])
  })
  test('in memory go by the order of rows', async () => {
    expect(await values(`${read} |> map(fn: (r) => r) |> group() |> first()`)).toEqual([1])
    expect(await values(`${read} |> map(fn: (r) => r) |> group() |> last()`)).toEqual([5])
  })
  test('by another column go by the order of rows there too', async () => {
    expect(await values(`${read} |> group() |> first(column: "h")`)).toEqual([1])
  })
  test('keep a table without a row when nothing is there to choose', async () => {
    const tables = await fluxTables(`${read} |> filter(fn: (r) => false, onEmpty: "keep") |> max()`, source)
    expect(tables.map(({ rows }) => rows.length)).toEqual([0, 0, 0])
  })
  test('refuse what has no order, in words of their own on a read', async () => {
    const text = plantSource('m v="text" 1776254400000000000')
    await expect(fluxTables(`${read} |> min()`, text)).rejects.toThrow(
      /^unsupported input type for min aggregate: string$/,
    )
    await expect(fluxTables(`${read} |> limit(n: 1) |> max()`, text)).rejects.toThrow(
      'max: invalid use of function: *universe.MaxSelector has no implementation for type string',
    )
  })
  test('sample takes every nth row, from a chance one when no position is given', async () => {
    const rows =
      'import "generate"\ngenerate.from(count: 10, start: 2026-01-01T00:00:00Z, stop: 2026-01-02T00:00:00Z, fn: (n) => n)'
    expect(await values(`${rows} |> sample(n: 4, pos: 1)`)).toEqual([1n, 5n, 9n])
    const drawn = await values(`${rows} |> sample(n: 5)`)
    expect(drawn).toHaveLength(2)
    expect((drawn[1] as bigint) - (drawn[0] as bigint)).toBe(5n)
    await expect(values(`${rows} |> sample(n: 0)`)).rejects.toThrow('n must be a positive integer, but was 0')
  })
})
