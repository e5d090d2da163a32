import type { Column, ColumnData } from '../column.ts'

const twoTo32 = 2 ** 32

/**
 * The cells from … to − 1 of a numeric column as doubles; ints beyond 2⁵³ are rounded to the nearest. A float column's are its
 * own data, not a copy. Where a gap is, the value means nothing.
 */
export function doublesOf(column: Column, from = 0, to = column.length): Float64Array {
  const { data } = column
  if (data instanceof Float64Array) return data.subarray(from, to)
  const doubles = new Float64Array(to - from)
  if (data instanceof BigInt64Array) {
    // Two halves of 32 bits each, which is several times as fast as a bigint per cell.
    const halves = new Int32Array(data.buffer, data.byteOffset + from * 8, (to - from) * 2)
    for (let i = 0; i < doubles.length; i++) doubles[i] = halves[2 * i + 1]! * twoTo32 + (halves[2 * i]! >>> 0)
  } else if (data instanceof BigUint64Array) {
    const halves = new Uint32Array(data.buffer, data.byteOffset + from * 8, (to - from) * 2)
    for (let i = 0; i < doubles.length; i++) doubles[i] = halves[2 * i + 1]! * twoTo32 + halves[2 * i]!
  }
  return doubles
}

/** As `doublesOf`, without the gaps. */
export function presentDoubles(column: Column, from: number, to: number): Float64Array {
  const all = doublesOf(column, from, to)
  const { nulls } = column
  if (nulls === null) return all
  const present = new Float64Array(all.length)
  let count = 0
  for (let i = 0; i < all.length; i++) if (nulls[from + i] !== 1) present[count++] = all[i]!
  return present.subarray(0, count)
}

/** How many of the cells from … to − 1 are no gaps. */
export function countPresent(column: Column, from: number, to: number): number {
  const { nulls } = column
  if (nulls === null) return to - from
  let count = 0
  for (let i = from; i < to; i++) count += 1 - nulls[i]!
  return count
}

/** Sum of 64-bit cells from … to − 1 without the gaps, wrapped to 64 bits as InfluxDB's ints are. */
export function wrappedSum(column: Column, from: number, to: number): bigint {
  const { data, nulls } = column
  const signed = data instanceof BigInt64Array
  const halves = new Uint32Array((data as BigInt64Array).buffer, (data as BigInt64Array).byteOffset, data.length * 2)
  let sum = 0n
  // Up to 2²⁰ halves of 32 bits add up exactly in a double.
  for (let start = from; start < to; start += 1 << 20) {
    const end = Math.min(to, start + (1 << 20))
    let low = 0
    let high = 0
    for (let i = start; i < end; i++) {
      if (nulls !== null && nulls[i] === 1) continue
      low += halves[2 * i]!
      high += halves[2 * i + 1]!
    }
    sum += BigInt(low) + (BigInt(high) << 32n)
  }
  return signed ? BigInt.asIntN(64, sum) : BigInt.asUintN(64, sum)
}

export type NumericCells = Exclude<ColumnData, readonly string[]>

/** The cells that are no gaps, of any type but string; not a copy where there is no gap. */
export function presentCells(column: Column): NumericCells {
  const data = column.data as Float64Array
  const { nulls } = column
  return nulls === null ? data : data.filter((_, i) => nulls[i] !== 1)
}
