import { describe, expect, test } from 'vitest'
import { moments } from '../../../lib/statistics/moments.ts'
import { quantile, sortedValues } from '../../../lib/statistics/quantile.ts'
import { fluxTables, plantSource } from '../../../test/support/flux-tables.ts'
import { type Cell, Column, type ColumnType } from '../column.ts'
import { GroupKey } from '../group-key.ts'
import { Table } from '../table.ts'
import { type Aggregate, aggregateTable } from './aggregate.ts'
import { countAggregate } from './count.ts'
import { meanAggregate } from './mean.ts'
import { modeTable } from './mode.ts'
import { exactMeanAggregate, quantileRow, tDigestAggregate } from './quantile.ts'
import { skewAggregate } from './skew.ts'
import { spreadAggregate } from './spread.ts'
import { stddevAggregate } from './stddev.ts'
import { sumAggregate } from './sum.ts'

const intMax = 2n ** 63n - 1n
const column = (type: ColumnType, cells: readonly Cell[]): Column => Column.from('_value', type, cells)
const table = (type: ColumnType, cells: readonly Cell[]): Table => Table.of(GroupKey.empty, [column(type, cells)])
const cell = (aggregate: Aggregate, type: ColumnType, cells: readonly Cell[]): Cell =>
  aggregateTable(table(type, cells), '_value', aggregate).column('_value')!.at(0)

const ofNumbers = [
  sumAggregate,
  meanAggregate,
  spreadAggregate,
  stddevAggregate(),
  skewAggregate,
  tDigestAggregate(0.5),
  exactMeanAggregate(0.5),
]
const wave = Float64Array.from({ length: 1000 }, (_, i) => 20 + 3 * Math.sin(i / 7) + Math.sqrt(i))

describe('aggregates', () => {
  test('of no rows, and of gaps alone, are null; count counts the rows', () => {
    for (const aggregate of ofNumbers)
      for (const cells of [[], [null], [null, null, null]])
        expect(cell(aggregate, 'float', cells), aggregate.name).toBeNull()
    expect(cell(countAggregate, 'float', [])).toBe(0n)
    expect(cell(countAggregate, 'string', [null, 'a', null])).toBe(3n)
  })
  test('pass over gaps wherever they are', () => {
    for (const aggregate of ofNumbers)
      expect(cell(aggregate, 'float', [null, 4, null, 1, 9, null]), aggregate.name).toBe(
        cell(aggregate, 'float', [4, 1, 9]),
      )
  })
  test('of a stretch are those of the table cut to it', () => {
    const cells = [...wave].map((value, i) => (i % 5 === 3 ? null : value))
    const whole = column('float', cells)
    for (const aggregate of [...ofNumbers, countAggregate])
      expect(aggregate.compute(whole, 200, 333), aggregate.name).toBe(
        aggregate.compute(column('float', cells.slice(200, 333)), 0, 133),
      )
  })
  test('agree with the kernels of lib/statistics', () => {
    const { mean, sd, min, max } = moments(wave)
    const cells = [...wave]
    expect(cell(meanAggregate, 'float', cells)).toBeCloseTo(mean, 10)
    expect(cell(stddevAggregate(), 'float', cells)).toBeCloseTo(sd, 10)
    expect(cell(spreadAggregate, 'float', cells)).toBeCloseTo(max - min, 10)
    for (const q of [0, 0.1, 0.5, 0.77, 1])
      expect(cell(exactMeanAggregate(q), 'float', cells)).toBeCloseTo(quantile(sortedValues(wave), q), 10)
  })
  test('skew is the population skewness, so without the correction for bias', () => {
    const n = wave.length
    const corrected = moments(wave).skewness
    expect(cell(skewAggregate, 'float', [...wave])).toBeCloseTo((corrected * (n - 2)) / Math.sqrt(n * (n - 1)), 10)
  })
  test('of ints and uints are those of the same floats', () => {
    const cells = Array.from({ length: 500 }, (_, i) => BigInt((i * 7919) % 1000))
    const floats = cells.map(Number)
    for (const aggregate of ofNumbers.filter(({ resultType }) => resultType('int') !== null))
      for (const type of ['int', 'uint'] as const)
        expect(Number(cell(aggregate, type, cells)), aggregate.name).toBe(cell(aggregate, 'float', floats))
  })
  test('sum and spread of ints wrap at 64 bits, and so does the mean’s sum', () => {
    expect(cell(sumAggregate, 'int', [intMax, 1n])).toBe(-(2n ** 63n))
    expect(cell(sumAggregate, 'uint', [2n ** 64n - 1n, 3n])).toBe(2n)
    expect(cell(spreadAggregate, 'int', [-(2n ** 63n), intMax])).toBe(-1n)
    expect(cell(meanAggregate, 'int', [intMax, intMax])).toBe(-1)
    expect(cell(meanAggregate, 'int', [intMax, null, intMax])).toBe(2 ** 63)
  })
  test('sums of negative ints, and of more than a block, are exact', () => {
    expect(cell(sumAggregate, 'int', [-5n, -(2n ** 40n), 3n])).toBe(-(2n ** 40n) - 2n)
    const long = Column.of('_value', 'int', new BigInt64Array(2_100_000).fill(-3_000_000_001n))
    expect(sumAggregate.compute(long, 1, 2_100_000)).toBe(-3_000_000_001n * 2_099_999n)
  })
  test('deviation of one value is NaN for a sample and 0 for a population', () => {
    expect(cell(stddevAggregate('sample'), 'float', [5])).toBeNaN()
    expect(cell(stddevAggregate('population'), 'float', [5])).toBe(0)
  })
  test('mode sorts what is most frequent, and knows none among equals', () => {
    const modes = (type: ColumnType, cells: readonly Cell[]) => {
      const result = modeTable(table(type, cells), '_value')
      return Array.from({ length: result.length }, (_, i) => result.column('_value')!.at(i))
    }
    expect(modes('string', ['b', 'a', null, null, null, 'b', 'a', 'c'])).toEqual(['a', 'b'])
    expect(modes('float', [1, 1])).toEqual([null])
    expect(modes('int', [])).toEqual([null])
  })
  test('quantile by exact_selector takes the row of rank ⌈q·n⌉, and one of nulls where there is none', () => {
    const rows = Table.of(GroupKey.empty, [
      column('int', [30n, null, 10n, 20n]),
      Column.from('at', 'string', ['a', 'b', 'c', 'd']),
    ])
    expect([0, 0.34, 0.67, 1].map((q) => quantileRow(rows, q).column('at')!.at(0))).toEqual(['c', 'd', 'a', 'a'])
    expect(quantileRow(rows.slice(1, 2), 0.5).column('at')!.at(0)).toBeNull()
  })
})

const rows = (cells: string): string => `import "array"\narray.from(rows: [${cells}])`
const lines = Array.from({ length: 600 }, (_, i) => `m,h=a v=${i % 17},w=${i}i ${1776254400 + i}000000000`).join('\n')
const read = 'from(bucket: "plant") |> range(start: 2026-04-15T12:00:00Z, stop: 2026-04-15T12:10:00Z)'

describe('aggregates in scripts', () => {
  test('sums of windows add up to the sum of the whole', async () => {
    const source = plantSource(lines)
    const [whole] = await fluxTables(`${read} |> filter(fn: (r) => r._field == "w") |> sum()`, source)
    const [windows] = await fluxTables(
      `${read} |> filter(fn: (r) => r._field == "w") |> aggregateWindow(every: 37s, fn: sum)`,
      source,
    )
    const sum = windows!.rows.reduce((total, { _value }) => total + ((_value ?? 0n) as bigint), 0n)
    expect(sum).toBe(whole!.rows[0]!._value)
  })
  test('keep the key and the value, and nothing else', async () => {
    const [first] = await fluxTables(`${read} |> mean()`, plantSource(lines))
    expect(Object.keys(first!.rows[0]!)).toEqual(['_start', '_stop', '_value', '_field', '_measurement', 'h'])
  })
  test('have other words for a wrong type in memory than on a read', async () => {
    await expect(fluxTables(`${rows('{_value: "a"}')} |> sum()`)).rejects.toThrow(
      'runtime error @2:38-2:43: sum: unsupported aggregate column type string',
    )
    const source = plantSource('m v="text" 1776254400000000000')
    await expect(fluxTables(`${read} |> mean()`, source)).rejects.toThrow(
      /^unsupported input type for mean aggregate: string$/,
    )
    await expect(fluxTables(`${read} |> limit(n: 1) |> mean()`, source)).rejects.toThrow(
      'mean: unsupported aggregate column type string',
    )
  })
  test('quantile refuses what it cannot mean', async () => {
    const of = (call: string) => fluxTables(`${rows('{_value: 1.0}')} |> ${call}`)
    await expect(of('quantile(q: -0.1)')).rejects.toThrow('quantile must be between 0 and 1')
    await expect(of('median(method: "exact")')).rejects.toThrow('unknown method exact')
    await expect(of('stddev(mode: "all")')).rejects.toThrow('"all" is not a valid standard deviation mode')
  })
  test('covariance with itself is the variance, and correlation with it 1', async () => {
    const data = rows('{x: 1.0, y: 2.0}, {x: 4.0, y: -1.0}, {x: 9.0, y: 7.5}')
    const of = async (call: string) => (await fluxTables(`${data} |> ${call}`))[0]!.rows[0]!._value
    const deviation = (await of('stddev(column: "x") |> rename(columns: {x: "_value"})')) as number
    expect(await of('covariance(columns: ["x", "x"])')).toBeCloseTo(deviation ** 2, 12)
    expect(await of('covariance(columns: ["x", "x"], pearsonr: true)')).toBeCloseTo(1, 12)
    await expect(of('covariance(columns: ["x"])')).rejects.toThrow('must provide exactly two columns')
  })
})

describe('integral', () => {
  const points = rows('{_time: 2026-04-15T12:00:10Z, _value: 1.0}, {_time: 2026-04-15T12:00:40Z, _value: 4.0}')
  const range = 'range(start: 2026-04-15T12:00:00Z, stop: 2026-04-15T12:01:00Z)'
  const of = async (call: string) => (await fluxTables(`${points} |> ${range} |> ${call}`))[0]!.rows[0]!._value

  test('is the area under the line between the points', async () => {
    expect(await of('integral()')).toBeCloseTo(75, 10)
    expect(await of('integral(unit: 1m)')).toBeCloseTo(1.25, 10)
  })
  test('goes on along the line to the bounds when it interpolates', async () => {
    // The line is v = t/10, so 0 at the start and 6 at the stop.
    expect(await of('integral(interpolate: "linear")')).toBeCloseTo(180, 10)
    expect(await of('timeWeightedAvg(unit: 1s)')).toBeCloseTo(3, 10)
  })
  test('of one point is 0, or the value all the time', async () => {
    expect(await of('limit(n: 1) |> integral()')).toBe(0)
    expect(await of('limit(n: 1) |> integral(interpolate: "linear")')).toBe(60)
    expect(await of('filter(fn: (r) => false, onEmpty: "keep") |> integral()')).toBe(0)
  })
  test('needs bounds, and times in order', async () => {
    await expect(fluxTables(`${points} |> integral()`)).rejects.toThrow(
      'integral: integral function needs _start column to be part of group key',
    )
    await expect(of('sort(columns: ["_time"], desc: true) |> integral()')).rejects.toThrow(
      'integral found out-of-order times in time column',
    )
  })
})

describe('histogram', () => {
  const data = rows('{_value: 0.5}, {_value: 1.0}, {_value: 7.0}')
  const of = async (call: string) => (await fluxTables(`${data} |> ${call}`))[0]!.rows
  test('counts values at the bound, whatever the order of bins', async () => {
    expect(await of('histogram(bins: [10.0, 1.0, 0.0])')).toEqual([
      { le: 0, _value: 0 },
      { le: 1, _value: 2 },
      { le: 10, _value: 3 },
    ])
    expect((await of('histogram(bins: [1.0, 8.0], normalize: true)')).map(({ _value }) => _value)).toEqual([2 / 3, 1])
  })
  test('says which value is beyond all bins', async () => {
    await expect(of('histogram(bins: [0.0, 5.0])')).rejects.toThrow(
      'found value greater than any bin, 2 2 7.000000 5.000000',
    )
  })
  test('and its quantile is a value out of the bin where the rank is', async () => {
    const bins = 'histogram(bins: linearBins(start: 0.0, width: 1.0, count: 10))'
    expect(await of(`${bins} |> histogramQuantile(quantile: 0.5)`)).toEqual([{ _value: 0.75 }])
    await expect(
      of('limit(n: 0) |> rename(columns: {_value: "le"}) |> histogramQuantile(quantile: 0.5)'),
    ).rejects.toThrow('histogramQuantile: table is missing count column "_value"')
  })
})
