import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stretchesOf, windowStart, windowsTouching } from './stretches.ts'

test('windows side by side are read together, newest first, up to the longest stretch', () => {
  expect(stretchesOf([0n, 10n, 20n, 30n, 60n], 10n, 30n)).toEqual([
    { startNs: 60n, stopNs: 70n },
    { startNs: 10n, stopNs: 40n },
    { startNs: 0n, stopNs: 10n },
  ])
})

test('every window is in exactly one stretch, and nothing else is', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -40, max: 40 })), fc.integer({ min: 1, max: 6 }), (numbers, most) => {
      const starts = numbers.map((number) => BigInt(number) * 10n)
      const stretches = stretchesOf(starts, 10n, BigInt(most) * 10n)
      const back = stretches.flatMap((stretch) => windowsTouching(stretch, 10n))
      expect(back.map(Number).sort((a, b) => a - b)).toEqual([...new Set(starts.map(Number))].sort((a, b) => a - b))
      for (const { startNs, stopNs } of stretches) expect(stopNs - startNs).toBeLessThanOrEqual(BigInt(most) * 10n)
    }),
  )
})

test('windows are counted from 1970, also before it, and a span touches those that it only partly covers', () => {
  expect(windowStart(-1n, 10n)).toBe(-10n)
  expect(windowsTouching({ startNs: 9n, stopNs: 20n }, 10n)).toEqual([0n, 10n])
  expect(windowsTouching({ startNs: -1n, stopNs: 21n }, 10n)).toEqual([-10n, 0n, 10n, 20n])
})
