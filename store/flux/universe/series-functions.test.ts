import { describe, expect, test } from 'vitest'
import { fluxTables } from '../../../test/support/flux-tables.ts'
import type { Cell } from '../column.ts'
import { exponentialAverage } from './exponential-moving-average.ts'

const seconds = (i: number): string => `2026-04-15T12:00:${String(i).padStart(2, '0')}Z`
/** Rows a second apart; null makes a gap. @param zero a literal of the values' type */
const series = (cells: readonly (string | null)[], zero = '0.0'): string =>
  [
    'import "array"',
    'import "internal/debug"',
    `array.from(rows: [${cells.map((cell, i) => `{_time: ${seconds(i)}, _value: ${cell ?? zero}, gap: ${cell === null}}`).join(', ')}])`,
    '  |> map(fn: (r) => ({r with _value: if r.gap then debug.null(type: "' +
      (zero === '0.0' ? 'float' : zero === '0' ? 'int' : 'uint') +
      '") else r._value}))',
    '  |> drop(columns: ["gap"])',
  ].join('\n')

async function result(data: string, call: string, label = '_value'): Promise<Cell[]> {
  const tables = await fluxTables(`${data} |> ${call}`)
  return tables.flatMap(({ rows }) => rows.map((row) => row[label]!))
}
const floats = (...cells: (number | null)[]): string =>
  series(cells.map((cell) => (cell === null ? null : Number.isInteger(cell) ? `${cell}.0` : `${cell}`)))
const ints = (...cells: (bigint | null)[]): string =>
  series(
    cells.map((cell) => (cell === null ? null : `${cell}`)),
    '0',
  )

describe('derivative', () => {
  test('of a line is its slope, in the unit asked for', async () => {
    expect(await result(floats(1, 3, 5, 7), 'derivative()')).toEqual([2, 2, 2])
    expect(await result(ints(1n, 3n, 5n), 'derivative(unit: 1m)')).toEqual([120, 120])
  })
  test('reaches over gaps', async () => {
    expect(await result(floats(1, null, 5), 'derivative()')).toEqual([null, 2])
    expect(await result(floats(null, 1, 5), 'derivative()')).toEqual([null, 4])
  })
  test('of a counter that falls is null, or 0', async () => {
    expect(await result(floats(5, 1, 2), 'derivative(nonNegative: true)')).toEqual([null, 1])
    expect(await result(floats(5, 1, 2), 'derivative(nonNegative: true, initialZero: true)')).toEqual([0, 1])
  })
  test('of uints that fall is negative, and of great ints as exact as a double', async () => {
    const uints = series(['uint(v: 7)', 'uint(v: 4)'], 'uint(v: 0)')
    expect(await result(uints, 'derivative()')).toEqual([-3])
    expect(await result(ints(2n ** 60n, 2n ** 60n + 3n), 'derivative()')).toEqual([3])
  })
  test('leaves out rows that repeat a time, and refuses a time that goes back', async () => {
    const twice = `import "array"\narray.from(rows: [{_time: ${seconds(0)}, _value: 1.0}, {_time: ${seconds(0)}, _value: 9.0}, {_time: ${seconds(1)}, _value: 2.0}])`
    expect(await result(twice, 'derivative()')).toEqual([1])
    await expect(result(floats(1, 2), 'sort(columns: ["_time"], desc: true) |> derivative()')).rejects.toThrow(
      'derivative: derivative found out-of-order times in time column',
    )
  })
  test('of one row, and of none, is a table without rows', async () => {
    expect(await result(floats(1), 'derivative()')).toEqual([])
    expect(await result(floats(1, 2), 'limit(n: 0) |> derivative()')).toEqual([])
  })
})

describe('difference', () => {
  test('added up from the first value gives the last', async () => {
    const cells = [3, 8.5, -2, 0, 11]
    const steps = (await result(floats(...cells), 'difference()')) as number[]
    expect(steps).toHaveLength(4)
    expect(cells[0]! + steps.reduce((a, b) => a + b, 0)).toBe(11)
  })
  test('wraps ints at 64 bits, and gives ints for uints', async () => {
    expect(await result(ints(-(2n ** 63n) + 1n, 2n ** 63n - 1n), 'difference()')).toEqual([-2n])
    expect(await result(series(['uint(v: 7)', 'uint(v: 4)'], 'uint(v: 0)'), 'difference()')).toEqual([-3n])
  })
  test('leaves gaps as gaps and reaches over them', async () => {
    expect(await result(ints(1n, null, 5n), 'difference()')).toEqual([null, 4n])
    expect(await result(floats(null, 2, 5), 'difference(keepFirst: true)')).toEqual([null, null, 3])
  })
  test('of a counter that is set back is null, or what it has counted since', async () => {
    expect(await result(floats(5, 2, 3), 'difference(nonNegative: true)')).toEqual([null, 1])
    expect(await result(floats(5, 2, 3), 'difference(nonNegative: true, initialZero: true)')).toEqual([2, 1])
    expect(await result(ints(5n, 2n), 'difference(nonNegative: true, keepFirst: true, initialZero: true)')).toEqual([
      0n,
      2n,
    ])
  })
  test('names the type that it does not take', async () => {
    await expect(result(floats(1, 2), 'difference(columns: ["_time"])')).rejects.toThrow('Try the elapsed function')
    await expect(result(floats(1), 'map(fn: (r) => ({r with _value: "a"})) |> difference()')).rejects.toThrow(
      'difference does not support column "_value" of type "string"',
    )
  })
})

describe('running sums', () => {
  test('end with the sum, and repeat it in a gap', async () => {
    expect(await result(floats(1, null, 2.5), 'cumulativeSum()')).toEqual([1, 1, 3.5])
    expect(await result(ints(2n ** 63n - 1n, 1n), 'cumulativeSum()')).toEqual([2n ** 63n - 1n, -(2n ** 63n)])
  })
  test('of texts leave them alone', async () => {
    expect(await result(floats(1), 'cumulativeSum(columns: ["_time", "nothing"]) ')).toEqual([1])
  })
  test('increase counts on over a reset', async () => {
    expect(await result(ints(3n, 5n, 1n, 2n), 'increase()')).toEqual([0n, 2n, 3n, 4n])
  })
})

test('elapsed counts whole units, and negative ones when time goes back', async () => {
  expect(await result(floats(1, 2, 3), 'elapsed(unit: 300ms)', 'elapsed')).toEqual([3n, 3n])
  expect(await result(floats(1, 2), 'sort(columns: ["_time"], desc: true) |> elapsed()', 'elapsed')).toEqual([-1n])
  await expect(result(floats(1, 2), 'elapsed(columnName: "_value")')).rejects.toThrow('already has column')
})

describe('moving averages', () => {
  test('are the mean of every stretch of n rows; a gap takes a place but does not count', async () => {
    expect(await result(floats(1, 2, 6, 4), 'movingAverage(n: 2)')).toEqual([1.5, 4, 5])
    expect(await result(floats(1, null, 3, null, null), 'movingAverage(n: 2)')).toEqual([1, 3, 3, null])
  })
  test('of n = 1 are the values, as floats', async () => {
    expect(await result(ints(4n, 5n), 'movingAverage(n: 1)')).toEqual([4, 5])
    expect(await result(ints(4n, 5n), 'exponentialMovingAverage(n: 1)')).toEqual([4, 5])
  })
  test('of fewer rows than n are the mean of what is there, in the last row', async () => {
    expect(await result(floats(1, 2), 'movingAverage(n: 5)')).toEqual([1.5])
    expect(await result(floats(1, 2), 'movingAverage(n: 5)', '_time')).toEqual([1776254401000000000n])
    expect(await result(floats(1, 2), 'exponentialMovingAverage(n: 5)')).toEqual([1.5])
    expect(await result(floats(1, 2), 'limit(n: 0) |> movingAverage(n: 5)')).toEqual([])
  })
  test('of a constant are that constant, doubled and tripled too', async () => {
    const data = floats(...Array<number>(12).fill(7))
    for (const fn of ['movingAverage', 'exponentialMovingAverage', 'doubleEMA', 'tripleEMA'])
      for (const value of await result(data, `${fn}(n: 3)`)) expect(value).toBeCloseTo(7, 12)
    expect(await result(data, 'doubleEMA(n: 3)')).toHaveLength(8)
    expect(await result(data, 'tripleEMA(n: 3)')).toHaveLength(6)
    expect(await result(data, 'tripleExponentialDerivative(n: 3)')).toEqual(Array(5).fill(0))
  })
  test('the exponential one is seeded by a mean and forgets by 2/(n + 1)', () => {
    const { values, nulls } = exponentialAverage({ values: Float64Array.of(1, 3, 8, 0), nulls: null }, 2)
    expect([...values].map((value) => Math.round(value * 1e12) / 1e12)).toEqual([2, 6, 2])
    expect(nulls).toBeNull()
  })
  test('the exponential one repeats itself in a gap, and starts with the first value after gaps only', () => {
    const gaps = Uint8Array.of(1, 1, 0, 1)
    const { values, nulls } = exponentialAverage({ values: Float64Array.of(0, 0, 8, 0), nulls: gaps }, 2)
    expect([...(nulls ?? [])]).toEqual([1, 0, 0])
    expect([values[1], values[2]]).toEqual([8, 8])
  })
  test('refuse a period that is none, and columns of texts', async () => {
    await expect(result(floats(1), 'movingAverage(n: 0)')).rejects.toThrow(
      'cannot take moving average with a period of 0 (must be greater than 0)',
    )
    await expect(result(floats(1), 'exponentialMovingAverage(n: -1)')).rejects.toThrow('a period of -1')
    await expect(result(floats(1), 'rename(columns: {_value: "v"}) |> movingAverage(n: 2)')).rejects.toThrow(
      'cannot find _value column',
    )
  })
})

describe('oscillators', () => {
  test('of a rise are at their greatest, of a fall at their smallest', async () => {
    expect(await result(floats(1, 2, 3, 4), 'chandeMomentumOscillator(n: 2)')).toEqual([100, 100])
    expect(await result(floats(4, 3, 2, 1), 'chandeMomentumOscillator(n: 2)')).toEqual([-100, -100])
    expect(await result(floats(4, 3, 2, 1), 'kaufmansER(n: 2)')).toEqual([1, 1])
    expect(await result(floats(1, 2, 3, 4), 'relativeStrengthIndex(n: 2)')).toEqual([100, 100])
  })
  test('of fewer rows than n', async () => {
    expect(await result(floats(1, 2), 'chandeMomentumOscillator(n: 2)')).toEqual([])
    expect(await result(floats(1, 2), 'kaufmansAMA(n: 2)')).toEqual([])
    expect(await result(floats(1, 2), 'relativeStrengthIndex(n: 4)')).toEqual([100])
  })
  test('the adaptive average follows a straight rise at its fastest, by (2/3)² of the distance', async () => {
    const [first, second] = (await result(floats(1, 2, 3, 4), 'kaufmansAMA(n: 2)')) as number[]
    expect(first).toBeCloseTo(2 + 4 / 9, 12)
    expect(second).toBeCloseTo(first! + (4 / 9) * (4 - first!), 12)
  })
  test('refuse gaps where InfluxDB takes them for what happens to be there', async () => {
    await expect(result(floats(1, null, 3), 'kaufmansAMA(n: 2)')).rejects.toThrow('not supported')
    await expect(result(floats(1, null, 3), 'chandeMomentumOscillator(n: 2)')).rejects.toThrow('not supported')
  })
})

describe('state tracking', () => {
  const data = floats(1, 5, null, 6, 7, 1)
  test('counts rows and time while a condition holds; a gap is no', async () => {
    expect(await result(data, 'stateCount(fn: (r) => r._value > 2.0)', 'stateCount')).toEqual([
      -1n,
      1n,
      -1n,
      1n,
      2n,
      -1n,
    ])
    expect(await result(data, 'stateDuration(fn: (r) => r._value > 2.0, unit: 1ms)', 'stateDuration')).toEqual([
      -1n,
      0n,
      -1n,
      0n,
      1000n,
      -1n,
    ])
  })
  test('refuses what it cannot count by', async () => {
    await expect(result(data, 'stateDuration(fn: (r) => true, unit: 0s)')).rejects.toThrow(
      'state tracking duration unit must be greater than zero',
    )
    await expect(result(data, 'stateDuration(fn: (r) => true, timeColumn: "at")')).rejects.toThrow(
      'column "at" does not exist',
    )
  })
})
