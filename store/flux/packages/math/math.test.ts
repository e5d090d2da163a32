import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fluxValues } from '../../../../test/support/flux-tables.ts'
import { frexp, nextAfter, remainder, round, shift } from './floats.ts'

describe('math', () => {
  test('keeps the sign of zero, and rounds half away from it', () => {
    expect(round(-0.4)).toBe(-0)
    expect(round(0.49999999999999994)).toBe(0)
    expect(round(2251799813685249.5)).toBe(2251799813685250)
  })
  test('takes every finite double apart and puts it together again', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        const { frac, exp } = frexp(x)
        expect(shift(frac, exp)).toBe(x)
        if (x !== 0) expect(Math.abs(frac) >= 0.5 && Math.abs(frac) < 1).toBe(true)
      }),
    )
  })
  test('steps to the next double and back', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(nextAfter(nextAfter(x, Number.POSITIVE_INFINITY), Number.NEGATIVE_INFINITY)).toBe(x + 0)
      }),
    )
  })
  test('leaves at most half of the divisor as a remainder', () => {
    expect(remainder(5, 2)).toBe(1)
    expect(remainder(7, 2)).toBe(-1)
    expect(remainder(1, Number.POSITIVE_INFINITY)).toBe(1)
    expect(remainder(1, 0)).toBeNaN()
  })
  test('answers as Go where JavaScript differs', async () => {
    expect(
      await fluxValues(
        {
          one: 'math.pow(x: 1.0, y: math.NaN())',
          inf: 'math.mMax(x: math.mInf(sign: 1), y: math.NaN())',
          up: 'math.nextafter(x: 1.0, y: 2.0)',
          far: 'math.pow10(n: 400)',
        },
        ['math'],
      ),
    ).toEqual({ one: 1, inf: Number.POSITIVE_INFINITY, up: 1 + Number.EPSILON, far: Number.POSITIVE_INFINITY })
  })
  test('refuses by name what it has not', async () => {
    await expect(fluxValues({ g: 'math.gamma(x: 1.0)' }, ['math'])).rejects.toThrow('math.gamma is not supported')
  })
})

describe('bitwise', () => {
  test('shifts bits out of the word, and refuses to shift by less than none', async () => {
    expect(
      await fluxValues(
        {
          out: 'bitwise.slshift(a: 1, b: 64)',
          sign: 'bitwise.srshift(a: -1, b: 1000)',
          top: 'bitwise.slshift(a: 1, b: 63)',
        },
        ['bitwise'],
      ),
    ).toEqual({ out: 0n, sign: -1n, top: -(2n ** 63n) })
    await expect(fluxValues({ x: 'bitwise.slshift(a: 1, b: -1)' }, ['bitwise'])).rejects.toThrow('negative number')
  })
})
