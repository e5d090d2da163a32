import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RequestTimes } from './request-times.ts'

const second = 1_000_000_000n

describe('times within one request', () => {
  it('are never given twice, never lie before the event’s own, and leave exact ones alone', () => {
    const event = fc.record({
      series: fc.constantFrom('a', 'b'),
      timeNs: fc.bigInt({ min: 0n, max: 9n }),
      exact: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const times = new RequestTimes()
        const taken = new Set<string>()
        for (const { series, timeNs, exact } of events) {
          if (!exact) continue
          expect(times.takeExact(series, timeNs, [['v', 1]])).toBe(null)
          taken.add(`${series} ${timeNs}`)
        }
        for (const { series, timeNs, exact } of events) {
          if (exact) continue
          // The first that is free.
          let expected = timeNs
          while (taken.has(`${series} ${expected}`)) expected++
          expect(times.assign(series, timeNs)).toBe(expected)
          taken.add(`${series} ${expected}`)
        }
      }),
    )
  })

  it('of exact events are one point as long as no field gets two values', () => {
    const times = new RequestTimes()
    const take = (...fields: [string, number][]) => times.takeExact('a', second, fields)
    expect(take(['x', 1])).toBe(null)
    expect(take(['y', 2], ['x', 1])).toBe(null)
    expect(take(['z', 3], ['y', 4])).toBe('y')
    // Nothing was taken of the one before.
    expect(take(['z', 5])).toBe(null)
    expect(times.takeExact('b', second, [['x', 2]])).toBe(null)
    expect(times.assign('a', second)).toBe(second + 1n)
  })

  it('of events whose series is not known lie apart from those of all series', () => {
    const times = new RequestTimes()
    times.takeExact('a', second + 2n, [['x', 1]])
    times.takeExact('b', second + 3n, [])
    expect([times.assign('a', second), times.assign('b', second), times.assign('b', second)]).toEqual([
      second,
      second,
      second + 1n,
    ])
    expect([times.assignApart(second), times.assignApart(second), times.assignApart(7n)]).toEqual([
      second + 4n,
      second + 5n,
      7n,
    ])
  })

  it('of many events are found without trying all that are taken', () => {
    const times = new RequestTimes()
    let last = 0n
    for (let i = 0; i < 200_000; i++) last = times.assign('a', second)
    expect(last).toBe(second + 199_999n)
    for (let i = 0; i < 20_000; i++) last = times.assignApart(second)
    expect(last).toBe(second + 219_999n)
  }, 5_000)
})
