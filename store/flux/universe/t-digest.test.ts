import { describe, expect, test } from 'vitest'
import { quantile, sortedValues } from '../../../lib/statistics/quantile.ts'
import { tDigestQuantile } from './t-digest.ts'

/** Reproducible noise, 0 … 1. */
function noise(length: number, seed: number): Float64Array {
  let state = seed
  return Float64Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  })
}
const probabilities = [0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1]

describe('t-digest', () => {
  test('of few values reads between their middles, which is the quantile of Hazen', () => {
    for (const n of [1, 2, 3, 4, 10, 101, 300]) {
      const values = noise(n, n)
      for (const q of probabilities)
        expect(tDigestQuantile(values, q, 1000)).toBeCloseTo(quantile(sortedValues(values), q, 'hazen'), 12)
    }
  })
  test('gives the smallest value for 0 and the greatest for 1, of many values too', () => {
    const values = noise(50_000, 7)
    const sorted = sortedValues(values)
    expect(tDigestQuantile(values, 0, 1000)).toBe(sorted[0])
    expect(tDigestQuantile(values, 1, 1000)).toBe(sorted.at(-1))
  })
  test('of many values is off by no more than a thousandth of the ranks', () => {
    const values = noise(100_000, 11)
    const sorted = sortedValues(values)
    for (const q of probabilities) {
      const value = tDigestQuantile(values, q, 1000)
      expect(value).toBeGreaterThanOrEqual(quantile(sorted, Math.max(0, q - 0.001)))
      expect(value).toBeLessThanOrEqual(quantile(sorted, Math.min(1, q + 0.001)))
    }
  })
  test('rises with q, whatever the compression', () => {
    const values = noise(5000, 13).map((value) => value ** 4)
    for (const compression of [1, 10, 100]) {
      let before = Number.NEGATIVE_INFINITY
      for (let q = 0; q <= 1; q += 1 / 64) {
        const value = tDigestQuantile(values, q, compression)
        expect(value).toBeGreaterThanOrEqual(before)
        before = value
      }
    }
  })
  test('leaves NaN out and leaves its argument as it was', () => {
    const values = Float64Array.of(3, Number.NaN, 1, 2)
    expect(tDigestQuantile(values, 0.5, 1000)).toBe(2)
    expect([...values]).toEqual([3, Number.NaN, 1, 2])
    expect(tDigestQuantile(Float64Array.of(Number.NaN), 0.5, 1000)).toBeNaN()
  })
})
