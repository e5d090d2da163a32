import { type PartialMoments, partialMoments } from './partial-moments.ts'

/** Summary of some values. NaN where a figure is not defined: it is then unknown, not zero. */
export interface Moments {
  readonly count: number
  /** In the values' unit; NaN without a value. */
  readonly mean: number
  /** In unit², n − 1 below; NaN for fewer than two values. */
  readonly variance: number
  /** In the values' unit, n − 1 below; NaN for fewer than two values. */
  readonly sd: number
  /** Without unit, corrected for bias; NaN for fewer than three values, or values without spread. */
  readonly skewness: number
  /** Without unit, 0 for a normal distribution, corrected for bias; NaN for fewer than four values, or values without spread. */
  readonly kurtosis: number
  /** NaN without a value. */
  readonly min: number
  readonly max: number
}

/**
 * The one place where the conventions stand: n − 1 below the variance, skewness G₁ and excess kurtosis G₂ corrected for bias (as
 * pandas, Excel and SAS have them), undefined figures as NaN. A spread that is only the mean's rounding error counts as none.
 */
export function momentsOf({ count, mean, m2, m3, m4, min, max }: PartialMoments): Moments {
  const n = count
  const variance = n < 2 ? Number.NaN : m2 / (n - 1)
  const spread = m2 / n > (Number.EPSILON * mean) ** 2
  const skewness =
    n < 3 || !spread ? Number.NaN : (Math.sqrt(n * (n - 1)) / (n - 2)) * (Math.sqrt(n) * (m3 / m2 / Math.sqrt(m2)))
  const kurtosis =
    n < 4 || !spread ? Number.NaN : ((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * (n * (m4 / m2 / m2) - 3) + 6)
  return {
    count,
    mean: n === 0 ? Number.NaN : mean,
    variance,
    sd: Math.sqrt(variance),
    skewness,
    kurtosis,
    min: n === 0 ? Number.NaN : min,
    max: n === 0 ? Number.NaN : max,
  }
}

/** Moments of values[from .. to); NaN marks a gap and is skipped. Two passes, no allocation that grows with the values. */
export const moments = (values: Float64Array, from = 0, to = values.length): Moments =>
  momentsOf(partialMoments(values, from, to))
