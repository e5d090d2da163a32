import { expect, test } from 'vitest'
import { pointOf } from '../../../lib/influx/point.ts'
import { formatPoint } from '../../../lib/line-protocol/format.ts'
import { momentsFrame, pointsOfFrame } from './frame.ts'
import { type Course, summarise } from './summarise.ts'

const hourNs = 3_600_000_000_000n
const course = (readings: readonly (readonly [timeNs: bigint, value: number])[]): Course => ({
  source: 'temperature',
  field: 'value',
  site: 'hill side',
  line: '',
  machine: 'press-1',
  sensor: 'oil',
  timesNs: BigInt64Array.from(readings, ([timeNs]) => timeNs),
  values: Float64Array.from(readings, ([, value]) => value),
})
const linesOf = (one: Course): string[] =>
  pointsOfFrame(momentsFrame(summarise(one, hourNs)), '1h').map((point) => formatPoint(pointOf(point)))

test('each hour with a value has one point at its start; figures that are not defined are left out', () => {
  const head =
    'moments,field=value,input=raw,job=moments,machine=press-1,sensor=oil,site=hill\\ side,source=temperature,window=1h'
  expect(
    linesOf(
      course([
        [hourNs, 1],
        [2n * hourNs - 1n, 3],
        [5n * hourNs + 7n, 8],
        [6n * hourNs, Number.NaN],
      ]),
    ),
  ).toEqual([
    `${head} count=2i,mean=2,sd=1.4142135623730951,min=1,max=3,q05=1.1,q25=1.5,median=2,q75=2.5,q95=2.9 3600000000000`,
    `${head} count=1i,mean=8,min=8,max=8,q05=8,q25=8,median=8,q75=8,q95=8 18000000000000`,
  ])
})

test('an instant before 1970 lies in the hour that began before it', () => {
  expect(summarise(course([[-1n, 4]]), hourNs).map(({ startNs }) => startNs)).toEqual([-hourNs])
})

test('the same values in another order give the same points to the last bit', () => {
  const readings = Array.from(
    { length: 300 },
    (_, i) => [BigInt(i) * 40_000_000_000n, Math.sin(i * 12.9898) * 43.7] as const,
  )
  expect(linesOf(course([...readings].reverse()))).toEqual(linesOf(course(readings)))
})

test('nothing has no points', () => {
  expect(linesOf(course([]))).toEqual([])
})
