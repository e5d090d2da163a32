import { quantile, sortedValues } from './quantile.ts'

/** 1 / Φ⁻¹(3/4): a MAD times this estimates the standard deviation of a normal distribution. */
export const madToSd = 1.4826022185056018

/** Median of sorted values without gaps; NaN without a value. */
export function medianOfSorted(sorted: Float64Array): number {
  const n = sorted.length
  if (n === 0) return Number.NaN
  const upper = sorted[n >> 1]!
  if (n % 2 === 1) return upper
  const lower = sorted[(n >> 1) - 1]!
  return lower === upper ? lower : (lower + upper) / 2
}

/** Median; NaN marks a gap and is skipped. */
export const median = (values: Float64Array): number => medianOfSorted(sortedValues(values))

/**
 * Median absolute deviation from the median, unscaled (times `madToSd` for a normal standard deviation). The deviations of sorted
 * values fall and then rise, so their median is found by walking outwards: no second sort.
 * @param sorted ascending, without gaps
 */
export function madOfSorted(sorted: Float64Array, centre = medianOfSorted(sorted)): number {
  const n = sorted.length
  if (n === 0) return Number.NaN
  let right = firstAtLeast(sorted, centre)
  let left = right - 1
  let deviation = 0
  let before = 0
  for (let taken = 0; taken <= n >> 1; taken++) {
    before = deviation
    const below = left >= 0 ? centre - sorted[left]! : Number.POSITIVE_INFINITY
    const above = right < n ? sorted[right]! - centre : Number.POSITIVE_INFINITY
    if (below < above) {
      deviation = below
      left--
    } else {
      deviation = above
      right++
    }
  }
  return n % 2 === 1 ? deviation : (before + deviation) / 2
}

/** Median absolute deviation, unscaled; NaN marks a gap and is skipped. */
export const mad = (values: Float64Array): number => madOfSorted(sortedValues(values))

/** Interquartile range (`linear` quartiles) of sorted values. */
export const iqrOfSorted = (sorted: Float64Array): number => quantile(sorted, 0.75) - quantile(sorted, 0.25)

/** Mean without the floor(share · n) smallest and as many largest values. @param share cut off at each end, 0..0.5 (exclusive) */
export function trimmedMeanOfSorted(sorted: Float64Array, share: number): number {
  const cut = cutOf(sorted, share)
  let sum = 0
  for (let i = cut; i < sorted.length - cut; i++) sum += sorted[i]!
  return sum / (sorted.length - 2 * cut)
}

/** Mean with the floor(share · n) smallest and as many largest values replaced by the nearest one that stays. */
export function winsorizedMeanOfSorted(sorted: Float64Array, share: number): number {
  const n = sorted.length
  const cut = cutOf(sorted, share)
  let sum = 0
  for (let i = cut; i < n - cut; i++) sum += sorted[i]!
  return n === 0 ? Number.NaN : (sum + cut * (sorted[cut]! + sorted[n - 1 - cut]!)) / n
}

function cutOf(sorted: Float64Array, share: number): number {
  if (!(share >= 0 && share < 0.5))
    throw new RangeError(`the share cut off at each end lies within 0..0.5, not ${share}`)
  return Math.floor(share * sorted.length)
}

function firstAtLeast(sorted: Float64Array, value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const mid = (low + high) >> 1
    if (sorted[mid]! < value) low = mid + 1
    else high = mid
  }
  return low
}
