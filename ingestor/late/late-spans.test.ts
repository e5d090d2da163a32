import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LateSpans } from './late-spans.ts'
import { originOf } from './origin.ts'

const hourNs = 3_600_000_000_000n
const press = originOf('temperature', 'hill', '', 'press-1')
const saw = originOf('temperature', 'hill', '', 'saw-1')
const told = (spans: LateSpans) =>
  [...spans.spans()].map(
    ({ origin, earliestNs, latestNs, points }) => [origin.machine, earliestNs, latestNs, points] as const,
  )

describe('spans of late readings', () => {
  it('are runs of adjacent hours, each with its exact ends and number of readings', () => {
    const spans = new LateSpans()
    for (const timeNs of [5n, 3n, hourNs + 1n, 4n * hourNs, 4n * hourNs - 1n]) spans.add(press, timeNs)
    spans.add(saw, 7n)
    expect(told(spans)).toEqual([
      ['press-1', 3n, hourNs + 1n, 3],
      ['press-1', 4n * hourNs - 1n, 4n * hourNs, 2],
      ['saw-1', 7n, 7n, 1],
    ])
    // The hour between the two runs.
    spans.add(press, 2n * hourNs + 9n)
    expect(told(spans)[0]).toEqual(['press-1', 3n, 4n * hourNs, 6])
    expect(spans.count).toBe(2)
  })

  it('are the same whatever the order of the readings, also when they were kept on the way', () => {
    const timesOf = fc.array(fc.tuple(fc.boolean(), fc.bigInt({ min: -20n * hourNs, max: 20n * hourNs })), {
      minLength: 1,
      maxLength: 60,
    })
    fc.assert(
      fc.property(timesOf, fc.nat(60), (readings, at) => {
        let spans = new LateSpans()
        for (const [i, [isPress, timeNs]] of readings.entries()) {
          if (i === at) spans = LateSpans.from(JSON.parse(JSON.stringify(spans.kept())))
          spans.add(isPress ? press : saw, timeNs)
        }
        const expected = [true, false].flatMap((isPress) => {
          const times = readings.flatMap(([one, timeNs]) => (one === isPress ? [timeNs] : []))
          times.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
          const runs: (readonly [string, bigint, bigint, number])[] = []
          const hourOf = (ns: bigint) => (ns - (((ns % hourNs) + hourNs) % hourNs)) / hourNs
          for (const timeNs of times) {
            const last = runs.at(-1)
            if (last !== undefined && hourOf(timeNs) - hourOf(last[2]) <= 1n)
              runs[runs.length - 1] = [last[0], last[1], timeNs, last[3] + 1]
            else runs.push([isPress ? 'press-1' : 'saw-1', timeNs, timeNs, 1])
          }
          return runs
        })
        const byPlace = (a: (typeof expected)[number], b: (typeof expected)[number]) =>
          a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] < b[1] ? -1 : 1
        expect([...told(spans)].sort(byPlace)).toEqual([...expected].sort(byPlace))
        expect(spans.count).toBe(expected.length)
      }),
    )
  })

  it('stay few: beyond the bound they are nobody’s, and those that lie nearest become one, and every reading is still in one', () => {
    const spans = new LateSpans(100)
    const times: bigint[] = []
    for (let i = 0; i < 5_000; i++) {
      // Every second hour, and a hole of a year in the middle.
      const timeNs = BigInt(i) * 2n * hourNs + (i >= 2_500 ? 8_760n * hourNs : 0n)
      times.push(timeNs)
      spans.add(originOf('temperature', '', '', `m${i % 500}`), timeNs)
      expect(spans.count).toBeLessThanOrEqual(100)
    }
    const all = [...spans.spans()]
    for (const timeNs of times)
      expect(all.some(({ earliestNs, latestNs }) => earliestNs <= timeNs && timeNs <= latestNs)).toBe(true)
    expect(all.reduce((sum, { points }) => sum + points, 0)).toBe(5_000)
    const holeFrom = 2n * 2_499n * hourNs
    expect(
      all.some(({ earliestNs, latestNs }) => earliestNs <= holeFrom && latestNs > holeFrom + 4_000n * hourNs),
    ).toBe(false)
    expect(all.some(({ origin }) => origin.machine === '' && origin.source === '')).toBe(true)
  })

  it('of many machines in the same hours are joined into the hours of all when they are too many', () => {
    const spans = new LateSpans(50)
    for (let i = 0; i < 51; i++) spans.add(originOf('temperature', '', '', `m${i}`), BigInt(i % 3) * hourNs)
    expect(told(spans)).toEqual([['', 0n, 2n * hourNs, 51]])
  })
})
