import { describe, expect, it } from 'vitest'
import { bell, mix, smooth, stream, uniform } from './noise.ts'

const n = 100_000
const draws = (of: (index: number) => number): number[] => Array.from({ length: n }, (_, i) => of(i))
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const sd = (values: readonly number[]): number => {
  const middle = mean(values)
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)))
}

describe('noise that is looked up', () => {
  const own = stream(42, 'test')

  it('is even between 0 and 1, and does not depend on its neighbours', () => {
    const values = draws((i) => uniform(own, i))
    const tenths = new Array<number>(10).fill(0)
    for (const value of values) tenths[Math.floor(value * 10)]!++
    for (const count of tenths) expect(Math.abs(count - n / 10)).toBeLessThan(500)
    const middle = mean(values)
    const lagged = mean(values.slice(1).map((value, i) => (value - middle) * (values[i]! - middle))) / sd(values) ** 2
    expect(Math.abs(lagged)).toBeLessThan(0.015)
  })

  it('has a bell of mean 0 and deviation 1', () => {
    const values = draws((i) => bell(own, i))
    expect(mean(values)).toBeCloseTo(0, 1)
    expect(sd(values)).toBeCloseTo(1, 2)
  })

  it('wanders smoothly', () => {
    const values = draws((i) => smooth(own, i / 100))
    expect(Math.max(...values.slice(1).map((value, i) => Math.abs(value - values[i]!)))).toBeLessThan(0.12)
  })

  it('differs by name, by the order of names and by where one ends, and by seeds beyond 32 bits', () => {
    const streams = [
      stream(1, 'a', 'b'),
      stream(1, 'b', 'a'),
      stream(1, 'ab'),
      stream(2, 'a', 'b'),
      stream(1 + 2 ** 32, 'a', 'b'),
      stream(1),
    ]
    expect(new Set(streams).size).toBe(streams.length)
    expect(mix(0, 0)).not.toBe(0)
  })
})
