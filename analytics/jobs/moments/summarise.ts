import { type Moments, moments } from '../../../lib/statistics/moments.ts'
import { quantile, sortedValues } from '../../../lib/statistics/quantile.ts'

/** Values of one machine's signal, context tags aside, in any order. */
export interface Course {
  readonly source: string
  readonly field: string
  /** Empty where the device sent none. */
  readonly site: string
  readonly line: string
  readonly machine: string
  readonly sensor: string
  /** Nanoseconds since 1970, one per value. */
  readonly timesNs: BigInt64Array
  /** In the signal's unit; NaN marks a gap. */
  readonly values: Float64Array
}

/** One signal in one window; figures that are not defined are NaN. */
export interface Summary extends Moments {
  readonly course: Course
  readonly startNs: bigint
  readonly q05: number
  readonly q25: number
  readonly median: number
  readonly q75: number
  readonly q95: number
}

/** Every window of a course that has a value, oldest first. Cost: one sort per window. */
export function summarise(course: Course, windowNs: bigint): readonly Summary[] {
  const byWindow = new Map<bigint, number[]>()
  for (let i = 0; i < course.values.length; i++) {
    const value = course.values[i]!
    if (Number.isNaN(value)) continue
    const time = course.timesNs[i]!
    const startNs = time - (((time % windowNs) + windowNs) % windowNs)
    const values = byWindow.get(startNs)
    if (values === undefined) byWindow.set(startNs, [value])
    else values.push(value)
  }
  return [...byWindow]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([startNs, values]) => {
      const sorted = sortedValues(Float64Array.from(values))
      return {
        course,
        startNs,
        // Of the sorted values, so that the same values in another order give the same figures to the last bit.
        ...moments(sorted),
        q05: quantile(sorted, 0.05),
        q25: quantile(sorted, 0.25),
        median: quantile(sorted, 0.5),
        q75: quantile(sorted, 0.75),
        q95: quantile(sorted, 0.95),
      }
    })
}
