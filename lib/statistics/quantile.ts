/** The values that are no gaps, in ascending order: one sort from which all quantiles are read. */
export function sortedValues(values: Float64Array, from = 0, to = values.length): Float64Array {
  const kept = new Float64Array(to - from)
  let length = 0
  for (let i = from; i < to; i++) {
    const value = values[i]!
    if (!Number.isNaN(value)) kept[length++] = value
  }
  return (length === kept.length ? kept : kept.subarray(0, length)).sort()
}

/** Plotting positions of Hyndman and Fan's continuous types: position = p·n + alpha + p·(1 − alpha − beta), counted from 1. */
const continuous = {
  /** Type 4. */
  interpolated_inverted_cdf: [0, 1],
  /** Type 5. */
  hazen: [0.5, 0.5],
  /** Type 6. */
  weibull: [0, 0],
  /** Type 7: what NumPy, pandas, R and Excel give unasked. */
  linear: [1, 1],
  /** Type 8. */
  median_unbiased: [1 / 3, 1 / 3],
  /** Type 9. */
  normal_unbiased: [3 / 8, 3 / 8],
} as const satisfies Record<string, readonly [alpha: number, beta: number]>

/** Methods that always answer one of the values, or the middle of two. */
const discrete = {
  /** Type 1. */
  inverted_cdf: (sorted, p) => {
    const h = sorted.length * p
    return at(sorted, nearlyWhole(h) ? Math.round(h) - 1 : Math.floor(h))
  },
  /** Type 2. */
  averaged_inverted_cdf: (sorted, p) => {
    const h = sorted.length * p
    if (!nearlyWhole(h)) return at(sorted, Math.floor(h))
    const k = Math.round(h)
    return middle(at(sorted, k - 1), at(sorted, k))
  },
  /** Type 3. */
  closest_observation: (sorted, p) => at(sorted, roundHalfToEven(sorted.length * p) - 1),
  lower: (sorted, p) => at(sorted, Math.floor(snapped((sorted.length - 1) * p))),
  higher: (sorted, p) => at(sorted, Math.ceil(snapped((sorted.length - 1) * p))),
  midpoint: (sorted, p) => {
    const h = snapped((sorted.length - 1) * p)
    return middle(at(sorted, Math.floor(h)), at(sorted, Math.ceil(h)))
  },
  nearest: (sorted, p) => at(sorted, roundHalfToEven((sorted.length - 1) * p)),
} as const satisfies Record<string, (sorted: Float64Array, p: number) => number>

export type QuantileMethod = keyof typeof continuous | keyof typeof discrete
export const quantileMethods = [...Object.keys(discrete), ...Object.keys(continuous)] as readonly QuantileMethod[]

/**
 * Quantile of values that are sorted already, without gaps (`sortedValues`).
 * @param p probability, 0..1
 * @param method as NumPy calls it; `linear` unless said otherwise
 * @returns in the values' unit; NaN without a value
 * @throws RangeError for a probability outside 0..1
 * @see Hyndman & Fan (1996), "Sample quantiles in statistical packages", The American Statistician 50
 */
export function quantile(sorted: Float64Array, p: number, method: QuantileMethod = 'linear'): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`a probability lies within 0..1, not ${p}`)
  if (sorted.length === 0) return Number.NaN
  if (method in discrete) return discrete[method as keyof typeof discrete](sorted, p)
  const [alpha, beta] = continuous[method as keyof typeof continuous]
  const h = snapped(sorted.length * p + alpha + p * (1 - alpha - beta) - 1)
  const k = Math.floor(h)
  const low = at(sorted, k)
  const high = at(sorted, k + 1)
  const share = h - k
  // From the nearer end, so that the end itself is met exactly.
  return share === 0 || low === high
    ? low
    : share < 0.5
      ? low + share * (high - low)
      : high - (1 - share) * (high - low)
}

/** Several `linear` quantiles of values with gaps, by one sort. @returns one per probability, NaN without a value */
export function quantiles(values: Float64Array, probabilities: readonly number[]): number[] {
  const sorted = sortedValues(values)
  return probabilities.map((p) => quantile(sorted, p))
}

/** The value at a rank, the ends standing for what lies beyond them. */
const at = (sorted: Float64Array, rank: number): number => sorted[Math.min(Math.max(rank, 0), sorted.length - 1)]!
const middle = (a: number, b: number): number => (a === b ? a : a + (b - a) / 2)

/** p·n is meant to be whole and missed it by rounding: 0.05 · 20 · 3 and the like. */
const nearlyWhole = (h: number): boolean => Math.abs(h - Math.round(h)) <= 4 * Number.EPSILON * Math.max(1, Math.abs(h))
const snapped = (h: number): number => (nearlyWhole(h) ? Math.round(h) : h)

function roundHalfToEven(h: number): number {
  const down = Math.floor(h)
  const share = h - down
  if (Math.abs(share - 0.5) <= 4 * Number.EPSILON * Math.max(1, Math.abs(h))) return down % 2 === 0 ? down : down + 1
  return Math.round(h)
}
