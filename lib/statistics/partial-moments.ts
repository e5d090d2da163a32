/**
 * What is known of some values, in a form that can be merged: the moments of a day are the merged moments of its minutes.
 * An empty one has count 0, mean 0, minimum +∞ and maximum −∞.
 */
export interface PartialMoments {
  readonly count: number
  /** In the values' unit. */
  readonly mean: number
  /** Sum of squared deviations from the mean, in unit². */
  readonly m2: number
  /** Sum of cubed deviations, in unit³. */
  readonly m3: number
  /** Sum of fourth powers of deviations, in unit⁴. */
  readonly m4: number
  readonly min: number
  readonly max: number
}

export const noMoments: PartialMoments = {
  count: 0,
  mean: 0,
  m2: 0,
  m3: 0,
  m4: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
}

/**
 * Partial moments of values[from .. to), in two passes: exact where the mean is far larger than the spread.
 * @param values in one unit; NaN marks a gap and is skipped. An infinite value makes the moments NaN, as it should
 */
export function partialMoments(values: Float64Array, from = 0, to = values.length): PartialMoments {
  let count = 0
  let sum = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let i = from; i < to; i++) {
    const value = values[i]!
    if (Number.isNaN(value)) continue
    count++
    sum += value
    if (value < min) min = value
    if (value > max) max = value
  }
  if (count === 0) return noMoments
  // Equal values have no spread; the rounded mean must not invent one.
  if (min === max) return { count, mean: min, m2: 0, m3: 0, m4: 0, min, max }
  const mean = sum / count
  let m1 = 0
  let m2 = 0
  let m3 = 0
  let m4 = 0
  for (let i = from; i < to; i++) {
    const value = values[i]!
    if (Number.isNaN(value)) continue
    const deviation = value - mean
    const square = deviation * deviation
    m1 += deviation
    m2 += square
    m3 += square * deviation
    m4 += square * square
  }
  // The mean itself was rounded: by `shift`. The sums above are about that rounded mean and are moved to the true one.
  const shift = m1 / count
  return {
    count,
    mean: mean + shift,
    m2: m2 - shift * m1,
    m3: m3 - 3 * shift * m2 + 2 * count * shift ** 3,
    m4: m4 - 4 * shift * m3 + 6 * shift * shift * m2 - 3 * count * shift ** 4,
    min,
    max,
  }
}

/**
 * Partial moments of both sets of values together.
 * @see Pébay (2008), "Formulas for robust, one-pass parallel computation of covariances and arbitrary-order statistical
 * moments", Sandia report SAND2008-6212
 */
export function mergeMoments(a: PartialMoments, b: PartialMoments): PartialMoments {
  if (a.count === 0) return b
  if (b.count === 0) return a
  const count = a.count + b.count
  const delta = b.mean - a.mean
  const step = delta / count
  const product = a.count * b.count
  return {
    count,
    mean: a.mean + b.count * step,
    m2: a.m2 + b.m2 + delta * step * product,
    m3:
      a.m3 + b.m3 + delta * step * step * product * (a.count - b.count) + 3 * step * (a.count * b.m2 - b.count * a.m2),
    m4:
      a.m4 +
      b.m4 +
      delta * step ** 3 * product * (a.count * a.count - product + b.count * b.count) +
      6 * step * step * (a.count * a.count * b.m2 + b.count * b.count * a.m2) +
      4 * step * (a.count * b.m3 - b.count * a.m3),
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
  }
}
