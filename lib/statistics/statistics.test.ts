import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { moments, momentsOf } from './moments.ts'
import { mergeMoments, partialMoments } from './partial-moments.ts'
import { quantile, quantileMethods, sortedValues } from './quantile.ts'
import { madOfSorted, medianOfSorted } from './robust.ts'
import { medcouple, qn } from './shape.ts'

const reading = fc.double({ min: -1e6, max: 1e6, noNaN: true })
const readings = fc.array(reading, { minLength: 1, maxLength: 60 }).map((values) => Float64Array.from(values))
const shuffledWithGaps = (values: Float64Array): Float64Array =>
  Float64Array.from([...values].reverse().flatMap((value, i) => (i % 3 === 0 ? [Number.NaN, value] : [value])))

describe('moments', () => {
  test('a figure that is not defined is NaN, never zero', () => {
    expect(moments(new Float64Array())).toMatchObject({ count: 0, mean: Number.NaN, min: Number.NaN, max: Number.NaN })
    expect(moments(Float64Array.of(7))).toMatchObject({ count: 1, mean: 7, sd: Number.NaN, skewness: Number.NaN })
    expect(moments(Float64Array.of(7, 7, 7, 7))).toMatchObject({ sd: 0, skewness: Number.NaN, kurtosis: Number.NaN })
    expect(moments(Float64Array.of(1, 2, 4)).kurtosis).toBeNaN()
  })

  test('gaps and order change nothing', () => {
    fc.assert(
      fc.property(readings, (values) => {
        const [all, other] = [moments(values), moments(shuffledWithGaps(values))]
        expect(other.count).toBe(all.count)
        expect(Math.abs(other.mean - all.mean)).toBeLessThan(1e-9)
        expect([other.min, other.max]).toEqual([all.min, all.max])
      }),
    )
  })

  test('two halves, merged, are the whole', () => {
    fc.assert(
      fc.property(readings, fc.nat(60), (values, at) => {
        const cut = Math.min(at, values.length)
        const merged = momentsOf(mergeMoments(partialMoments(values, 0, cut), partialMoments(values, cut)))
        const whole = moments(values)
        expect(merged.count).toBe(whole.count)
        expect(Math.abs(merged.mean - whole.mean)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(whole.mean)))
        if (whole.count > 1)
          expect(Math.abs(merged.sd - whole.sd)).toBeLessThanOrEqual(1e-9 * Math.max(1, whole.sd, Math.abs(whole.mean)))
      }),
    )
  })

  test('a large offset does not eat the spread', () => {
    const values = Float64Array.of(4, 7, 13, 16)
    const far = values.map((value) => value + 1e9)
    expect(moments(far).variance).toBe(moments(values).variance)
  })
})

describe('quantile', () => {
  test('every method stays within the values, rises with the probability, and meets both ends', () => {
    fc.assert(
      fc.property(
        readings,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, a, b) => {
          const sorted = sortedValues(values)
          const [low, high] = a < b ? [a, b] : [b, a]
          for (const method of quantileMethods) {
            const [q, r] = [quantile(sorted, low, method), quantile(sorted, high, method)]
            expect(q).toBeGreaterThanOrEqual(sorted[0]!)
            expect(r).toBeLessThanOrEqual(sorted.at(-1)!)
            // Interpolated from either end, the two may differ in the last bit.
            expect(q - r).toBeLessThanOrEqual(1e-9)
            expect([quantile(sorted, 0, method), quantile(sorted, 1, method)]).toEqual([sorted[0], sorted.at(-1)])
          }
        },
      ),
    )
  })

  test('a probability outside 0..1 is refused, and no value has no quantile', () => {
    expect(() => quantile(Float64Array.of(1), 1.01)).toThrow('0..1')
    expect(() => quantile(Float64Array.of(1), Number.NaN)).toThrow('0..1')
    expect(quantile(new Float64Array(), 0.5)).toBeNaN()
  })
})

test('the MAD found by walking outwards is the median of the deviations', () => {
  fc.assert(
    fc.property(readings, (values) => {
      const sorted = sortedValues(values)
      const centre = medianOfSorted(sorted)
      const slow = medianOfSorted(sorted.map((value) => Math.abs(value - centre)).sort())
      expect(madOfSorted(sorted)).toBeCloseTo(slow, 9)
    }),
  )
})

test('Qn is the h(h − 1)/2-th smallest distance of two values', () => {
  fc.assert(
    fc.property(fc.array(reading, { minLength: 2, maxLength: 25 }), (values) => {
      const distances: number[] = []
      for (const [i, a] of values.entries()) for (const b of values.slice(i + 1)) distances.push(Math.abs(a - b))
      distances.sort((a, b) => a - b)
      const h = Math.floor(values.length / 2) + 1
      const expected = distances[(h * (h - 1)) / 2 - 1]! * 2.219144465985076
      expect(Math.abs(qn(sortedValues(Float64Array.from(values))) - expected)).toBeLessThanOrEqual(
        1e-9 * Math.max(1, expected),
      )
    }),
  )
})

test('the medcouple of mirrored values is the negative one', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 3, maxLength: 40 }), (values) => {
      const one = medcouple(sortedValues(Float64Array.from(values)))
      const mirrored = medcouple(sortedValues(Float64Array.from(values, (value) => -value)))
      expect(mirrored).toBeCloseTo(-one, 12)
      expect(Math.abs(one)).toBeLessThanOrEqual(1)
    }),
  )
})
