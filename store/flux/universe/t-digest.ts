/**
 * A quantile by InfluxDB's t-digest: values are taken in by blocks of 8·⌈compression⌉ + 1, merged into centroids whose weights the
 * scale k(q) = c·(asin(2q − 1) + π/2)/π bounds, and read between the middles of neighbouring centroids. With far fewer values than
 * `compression` every value is a centroid of its own.
 * @param values any order; NaN is left out
 * @param q 0 … 1
 * @returns NaN without a value
 * @see Dunning & Ertl (2019), arXiv:1902.04023, the merging digest
 */
export function tDigestQuantile(values: Float64Array, q: number, compression: number): number {
  const numbers = values.some(Number.isNaN) ? values.filter((value) => !Number.isNaN(value)) : values
  const block = 8 * Math.ceil(compression) + 1
  const digest = new MergingDigest(compression)
  for (let start = 0; start < numbers.length; start += block) digest.merge(numbers.slice(start, start + block).sort())
  return digest.quantile(q)
}

class MergingDigest {
  #means = new Float64Array(0)
  #weights = new Float64Array(0)
  #total = 0
  #min = Number.MAX_VALUE
  #max = -Number.MAX_VALUE

  constructor(readonly compression: number) {}

  /** Takes in values of weight 1. @param sorted ascending, at least one */
  merge(sorted: Float64Array): void {
    const all = this.#means.length + sorted.length
    const means = new Float64Array(all)
    const weights = new Float64Array(all)
    this.#total += sorted.length
    const total = this.#total
    let limit = total * this.#quantileAt(1)
    let before = 0
    let count = 0
    for (let i = 0, old = 0, added = 0; i < all; i++) {
      const takeOld =
        old < this.#means.length && (added === sorted.length || this.#means[old]! <= (sorted[added] as number))
      const mean = takeOld ? this.#means[old]! : sorted[added]!
      const weight = takeOld ? this.#weights[old]! : 1
      if (takeOld) old++
      else added++
      if (count > 0 && before + weight <= limit) {
        weights[count - 1]! += weight
        means[count - 1]! += (weight * (mean - means[count - 1]!)) / weights[count - 1]!
      } else {
        if (count > 0) limit = total * this.#quantileAt(this.#scaleOf(before / total) + 1)
        means[count] = mean
        weights[count++] = weight
      }
      before += weight
    }
    this.#means = means.subarray(0, count)
    this.#weights = weights.subarray(0, count)
    this.#min = Math.min(this.#min, means[0]!)
    this.#max = Math.max(this.#max, means[count - 1]!)
  }

  quantile(q: number): number {
    const means = this.#means
    const weights = this.#weights
    const last = means.length - 1
    if (last === -1) return Number.NaN
    if (last === 0) return means[0]!
    const rank = q * this.#total
    const firstHalf = weights[0]! / 2
    if (rank <= firstHalf) return this.#min + ((2 * rank) / weights[0]!) * (means[0]! - this.#min)
    let lower = 0
    let before = 0
    let middle = firstHalf
    let previous = 0
    while (middle < rank && lower < last) {
      previous = middle
      before += weights[lower]!
      lower++
      middle = before + weights[lower]! / 2
    }
    if (middle >= rank) return between(means[lower - 1]!, middle - rank, means[lower]!, rank - previous)
    // Beyond the middle of the last centroid InfluxDB weighs by these, odd as they look; the answer lies within its bounds anyway.
    const half = weights[last]! / 2
    const z1 = rank - this.#total - half
    return between(means[last]!, z1, this.#max, half - z1)
  }

  #quantileAt(k: number): number {
    const c = this.compression
    return (Math.sin((Math.min(k, c) * Math.PI) / c - Math.PI / 2) + 1) / 2
  }

  #scaleOf(q: number): number {
    return (this.compression * (Math.asin(2 * q - 1) + Math.PI / 2)) / Math.PI
  }
}

/** The weighted mean of two values, kept between them. */
function between(a: number, weightA: number, b: number, weightB: number): number {
  const mean = (a * weightA + b * weightB) / (weightA + weightB)
  return Math.max(Math.min(a, b), Math.min(mean, Math.max(a, b)))
}
