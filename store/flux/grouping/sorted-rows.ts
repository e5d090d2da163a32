import type { Column } from '../column.ts'
import { compareCells } from '../group-key.ts'
import { rowGroups } from './row-groups.ts'

export interface SortKey {
  readonly column: Column
  readonly desc: boolean
}

/**
 * The rows of a table in the order of some columns, the first one first; equal rows stay as they were, a null comes before
 * everything in either direction, NaN after every number, text by its bytes.
 * @returns null when the rows are in order as they are
 */
export function sortedRows(keys: readonly SortKey[], length: number): Int32Array | null {
  let rows: Int32Array | null = null
  // The last key first: each pass leaves equal rows as the pass before put them.
  for (const { column, desc } of [...keys].reverse()) rows = sortedBy(ranked(column, desc), rows, length)
  return rows
}

/** Numbers in the order of the cells. A null is −∞. */
function ranked(column: Column, desc: boolean): Float64Array {
  const ranks = ascending(column)
  const { nulls } = column
  if (desc) for (let i = 0; i < ranks.length; i++) ranks[i] = 0 - ranks[i]!
  if (nulls !== null) for (let i = 0; i < ranks.length; i++) if (nulls[i] === 1) ranks[i] = Number.NEGATIVE_INFINITY
  return ranks
}

function ascending(column: Column): Float64Array {
  const { data, type } = column
  switch (type) {
    case 'bool':
      return Float64Array.from(data as Uint8Array)
    case 'string':
      return denseRanks(column)
    case 'float':
      return (data as Float64Array).every(Number.isFinite)
        ? Float64Array.from(data as Float64Array)
        : denseRanks(column)
    default:
      return distances(data as BigInt64Array) ?? denseRanks(column)
  }
}

/** How far every value is above the first one, or null when a double cannot tell so exactly. */
function distances(data: BigInt64Array | BigUint64Array): Float64Array | null {
  const ranks = new Float64Array(data.length)
  if (data.length === 0) return ranks
  // Halves of 32 bits, which cost no bigint each.
  const low = new Uint32Array(data.buffer, data.byteOffset, data.length * 2)
  const high = data instanceof BigInt64Array ? new Int32Array(data.buffer, data.byteOffset, data.length * 2) : low
  const firstLow = low[0]!
  const firstHigh = high[1]!
  for (let i = 0; i < data.length; i++) {
    const distance = (high[2 * i + 1]! - firstHigh) * 2 ** 32 + (low[2 * i]! - firstLow)
    if (distance > Number.MAX_SAFE_INTEGER || distance < Number.MIN_SAFE_INTEGER) return null
    ranks[i] = distance
  }
  return ranks
}

/** The place of every cell among the distinct ones. */
function denseRanks(column: Column): Float64Array {
  const { count, ofRow } = rowGroups([column], column.length)
  const firstRow = new Int32Array(count).fill(-1)
  for (let row = 0; row < ofRow.length; row++) if (firstRow[ofRow[row]!] === -1) firstRow[ofRow[row]!] = row
  const order = [...firstRow.keys()].sort((a, b) => compareCells(column.at(firstRow[a]!), column.at(firstRow[b]!)))
  const place = new Float64Array(count)
  order.forEach((group, rank) => {
    place[group] = rank
  })
  const ranks = new Float64Array(column.length)
  for (let row = 0; row < ofRow.length; row++) ranks[row] = place[ofRow[row]!]!
  return ranks
}

/** With more stretches than this, and rows enough, sorting digit by digit is quicker than merging. */
const mergedMax = 64
const countedMin = 8192

/** Rows in the order of their ranks, equal ones as they were. @param rows null: as the table has them @returns null: no change */
function sortedBy(ranks: Float64Array, rows: Int32Array | null, length: number): Int32Array | null {
  const from = new Int32Array(length)
  for (let i = 0; i < length; i++) from[i] = rows === null ? i : rows[i]!
  const runs = [0]
  for (let i = 1; i < length; i++) if (ranks[from[i - 1]!]! > ranks[from[i]!]!) runs.push(i)
  if (runs.length === 1) return rows
  runs.push(length)
  return runs.length > mergedMax && length >= countedMin ? byDigits(ranks, from) : mergedRuns(ranks, from, runs)
}

/** Merges neighbouring stretches that are in order until one is left. */
function mergedRuns(ranks: Float64Array, rows: Int32Array, bounds: readonly number[]): Int32Array {
  let from: Int32Array = rows
  let to: Int32Array = new Int32Array(rows.length)
  let runs = bounds
  while (runs.length > 2) {
    const merged = [0]
    for (let i = 0; i + 1 < runs.length; i += 2) {
      const middle = runs[i + 1]!
      const end = runs[i + 2] ?? middle
      merge(ranks, from, to, runs[i]!, middle, end)
      merged.push(end)
    }
    ;[from, to] = [to, from]
    runs = merged
  }
  return from
}

function merge(
  ranks: Float64Array,
  from: Int32Array,
  to: Int32Array,
  start: number,
  middle: number,
  end: number,
): void {
  let left = start
  let right = middle
  let out = start
  while (left < middle && right < end)
    to[out++] = ranks[from[left]!]! > ranks[from[right]!]! ? from[right++]! : from[left++]!
  while (left < middle) to[out++] = from[left++]!
  while (right < end) to[out++] = from[right++]!
}

/** Counts digits of 16 bits of the doubles' bits, the lowest digit first; digits that are the same everywhere cost a look. */
function byDigits(ranks: Float64Array, rows: Int32Array): Int32Array {
  const bits = new Uint32Array(ranks.buffer.slice(ranks.byteOffset, ranks.byteOffset + ranks.byteLength))
  // Bits in the order of the numbers: of a negative one all are turned, of another only the sign.
  for (let i = 0; i < bits.length; i += 2) {
    const negative = bits[i + 1]! >>> 31 === 1
    if (negative) bits[i] = ~bits[i]!
    bits[i + 1] = negative ? ~bits[i + 1]! : bits[i + 1]! ^ 0x8000_0000
  }
  let from: Int32Array = rows
  let to: Int32Array = new Int32Array(rows.length)
  const next = new Int32Array(0x1_0001)
  for (let digit = 0; digit < 4; digit++) {
    const word = digit >> 1
    const shift = (digit & 1) * 16
    next.fill(0)
    for (let row = 0; row < rows.length; row++) next[((bits[2 * row + word]! >>> shift) & 0xffff) + 1]!++
    const first = (bits[word]! >>> shift) & 0xffff
    if (next[first + 1] === rows.length) continue
    for (let value = 0; value < 0x1_0000; value++) next[value + 1]! += next[value]!
    for (let i = 0; i < from.length; i++) {
      const row = from[i]!
      to[next[(bits[2 * row + word]! >>> shift) & 0xffff]!++] = row
    }
    ;[from, to] = [to, from]
  }
  return from
}
