import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Predicate } from '../flux/plan/read.ts'
import { cover, decide, makeSeries, mayHavePoints } from './series.ts'

const series = () => makeSeries(1, 'b', 'm', [['host', 'a']], 'v', 'float')

describe('where a series may have points', () => {
  it('never takes a time for new at which a point was written before, in whatever order they come', () => {
    const near = fc.integer({ min: 0, max: 60 })
    const runs = fc.array(fc.tuple(near, fc.integer({ min: 1, max: 8 })), { maxLength: 30 })
    fc.assert(
      fc.property(runs, (stretches) => {
        const one = series()
        const written = new Set<number>()
        for (const [from, length] of stretches)
          for (let ns = from; ns < from + length; ns++) {
            const isNew = cover(one, BigInt(ns))
            if (isNew) expect(written.has(ns)).toBe(false)
            written.add(ns)
            one.points++
          }
        for (const ns of written) expect(mayHavePoints(one, BigInt(ns), BigInt(ns) + 1n)).toBe(true)
        for (let i = 1; i < one.covered.length; i++) expect(one.covered[i]![0] > one.covered[i - 1]![1]).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('takes points that come in order for new, also when the newest day came first', () => {
    const one = series()
    for (const day of [3000, 2000, 1000])
      for (let i = 0; i < 500; i++) {
        expect(cover(one, BigInt(day + i))).toBe(true)
        one.points++
      }
  })
})

describe('what a predicate says of a series', () => {
  const tag = (name: string, op: '==' | '!=' | '=~' | '!~', right: string | { regex: string }): Predicate => ({
    kind: 'compare',
    op,
    left: { kind: 'tag', name },
    right,
  })
  it('lets a missing tag pass != and !~, and nothing else', () => {
    expect(decide(tag('zone', '!=', 'x'), series())).toBe(true)
    expect(decide(tag('zone', '!~', { regex: 'x' }), series())).toBe(true)
    expect(decide(tag('zone', '==', 'x'), series())).toBe(false)
    expect(decide(tag('zone', '=~', { regex: 'x' }), series())).toBe(false)
  })

  it('leaves a comparison of values to the points, and rules out a series of another type', () => {
    const above: Predicate = { kind: 'compare', op: '>', left: { kind: 'value' }, right: 5 }
    expect(decide(above, series())).toEqual(above)
    expect(decide({ kind: 'and', left: tag('host', '==', 'a'), right: above }, series())).toEqual(above)
    expect(decide({ kind: 'or', left: tag('host', '==', 'a'), right: above }, series())).toBe(true)
    expect(decide({ ...above, right: 'text' }, series())).toBe(false)
  })
})
