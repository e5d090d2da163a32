import { medianOfSorted } from './robust.ts'

export interface LMoments {
  /** The mean, in the values' unit. */
  readonly l1: number
  /** L-scale, in the values' unit. */
  readonly l2: number
  /** L-skewness, −1..1. */
  readonly t3: number
  /** L-kurtosis, −1/4..1. */
  readonly t4: number
}

/**
 * Sample L-moments: like mean, spread, skewness and kurtosis, but linear in the values, so that one outlier does not rule them.
 * @param sorted ascending, without gaps
 * @returns NaN for what needs more values (fewer than 1, 2, 3, 4), and for the ratios of values without spread
 * @see Hosking (1990), "L-moments", Journal of the Royal Statistical Society B 52
 */
export function lMoments(sorted: Float64Array): LMoments {
  const n = sorted.length
  let b0 = 0
  let b1 = 0
  let b2 = 0
  let b3 = 0
  for (let i = 0; i < n; i++) {
    const value = sorted[i]!
    const w1 = i / (n - 1)
    const w2 = (w1 * (i - 1)) / (n - 2)
    const w3 = (w2 * (i - 2)) / (n - 3)
    b0 += value
    if (n > 1) b1 += w1 * value
    if (n > 2) b2 += w2 * value
    if (n > 3) b3 += w3 * value
  }
  b0 /= n
  b1 /= n
  b2 /= n
  b3 /= n
  const l2 = n < 2 ? Number.NaN : 2 * b1 - b0
  const spread = n > 1 && sorted[0]! < sorted[n - 1]!
  return {
    l1: n === 0 ? Number.NaN : b0,
    l2: n > 1 && !spread ? 0 : l2,
    t3: n < 3 || !spread ? Number.NaN : (6 * b2 - 6 * b1 + b0) / l2,
    t4: n < 4 || !spread ? Number.NaN : (20 * b3 - 30 * b2 + 12 * b1 - b0) / l2,
  }
}

/**
 * Medcouple: skewness between −1 and 1 that a quarter of wild values cannot move. The median over all pairs of a value above and a
 * value below the median of how much farther the one above is; found by bisection, counting pairs along the border: n log n.
 * @param sorted ascending, without gaps
 * @returns NaN for fewer than two values; right to about 1e-15
 * @see Brys, Hubert & Struyf (2004), "A robust measure of skewness", JCGS 13
 */
export function medcouple(sorted: Float64Array): number {
  if (sorted.length < 2) return Number.NaN
  const centre = medianOfSorted(sorted)
  const above = sorted.filter((value) => value > centre).map((value) => value - centre)
  const below = sorted.filter((value) => value < centre).map((value) => centre - value)
  const ties = sorted.length - above.length - below.length
  const pairs = (above.length + ties) * (below.length + ties)
  const spread = (a: number, b: number): number => (a - b) / (a + b)
  /** How many pairs are at most `limit`; ties with the median pair to −1, 1, or among themselves to as many −1 as 1 and 0. */
  const countAtMost = (limit: number): number => {
    let count = 0
    let taken = 0
    // `below` falls along the array: the farther below, the smaller the pair.
    for (const a of above) {
      while (taken < below.length && spread(a, below[taken]!) <= limit) taken++
      count += taken
      while (taken > 0 && spread(a, below[taken - 1]!) > limit) {
        taken--
        count--
      }
    }
    if (limit >= -1) count += ties * below.length + (ties * (ties - 1)) / 2
    if (limit >= 0) count += ties
    if (limit >= 1) count += ties * above.length + (ties * (ties - 1)) / 2
    return count
  }
  const atRank = (rank: number): number => {
    let low = -1
    let high = 1
    if (countAtMost(low) >= rank) return low
    for (;;) {
      const mid = (low + high) / 2
      if (mid === low || mid === high || high - low < 1e-17) return countAtMost(low) >= rank ? low : high
      if (countAtMost(mid) >= rank) high = mid
      else low = mid
    }
  }
  const upper = atRank(Math.floor(pairs / 2) + 1)
  const value = pairs % 2 === 1 ? upper : (atRank(pairs / 2) + upper) / 2
  return Math.abs(value) < 1e-16 ? 0 : value
}

/** 1 / (√2 · Φ⁻¹(5/8)): makes Qn the standard deviation of a normal distribution. */
const qnToSd = 2.219144465985076

/**
 * Qn: a spread that half the values cannot break, twice as efficient as the MAD, and fit for skew values: the k-th smallest distance
 * between two values, k = h(h − 1)/2, h = ⌊n/2⌋ + 1, scaled for a normal distribution. n log n by bisection.
 * @param sorted ascending, without gaps
 * @returns in the values' unit; NaN for fewer than two values
 * @see Rousseeuw & Croux (1993), "Alternatives to the median absolute deviation", JASA 88
 */
export function qn(sorted: Float64Array): number {
  const n = sorted.length
  if (n < 2) return Number.NaN
  const h = Math.floor(n / 2) + 1
  const rank = (h * (h - 1)) / 2
  const countAtMost = (distance: number): number => {
    let count = 0
    for (let i = 1, j = 0; i < n; i++) {
      while (sorted[i]! - sorted[j]! > distance) j++
      count += i - j
    }
    return count
  }
  if (countAtMost(0) >= rank) return 0
  let low = 0
  let high = sorted[n - 1]! - sorted[0]!
  for (;;) {
    const mid = low + (high - low) / 2
    if (mid === low || mid === high) return qnToSd * high
    if (countAtMost(mid) >= rank) high = mid
    else low = mid
  }
}

/**
 * Pearson correlation of the values with themselves one step later, as pandas' `autocorr` has it; gaps are closed up.
 * @returns −1..1; NaN for fewer than three values, or where either end has no spread
 */
export function autocorrelation1(values: Float64Array): number {
  const kept = values.filter((value) => !Number.isNaN(value))
  const pairs = kept.length - 1
  if (pairs < 2) return Number.NaN
  const origin = kept[0]!
  let earlierMean = 0
  let laterMean = 0
  for (let i = 0; i < pairs; i++) {
    earlierMean += (kept[i]! - origin) / pairs
    laterMean += (kept[i + 1]! - origin) / pairs
  }
  let both = 0
  let earlierSquares = 0
  let laterSquares = 0
  for (let i = 0; i < pairs; i++) {
    const earlier = kept[i]! - origin - earlierMean
    const later = kept[i + 1]! - origin - laterMean
    both += earlier * later
    earlierSquares += earlier * earlier
    laterSquares += later * later
  }
  const noSpread = (from: number): boolean => kept.subarray(from, from + pairs).every((value) => value === kept[from])
  if (noSpread(0) || noSpread(1)) return Number.NaN
  return both / Math.sqrt(earlierSquares) / Math.sqrt(laterSquares)
}
