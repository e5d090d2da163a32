import type { Column } from '../column.ts'
import { compareCells } from '../group-key.ts'
import { rowGroups } from './row-groups.ts'

export interface SortKey {
  readonly column: Column
  readonly desc: boolean
}

/**
 * The rows of a table in the order of some columns, the first one first; equal rows stay as they were, a null comes before
 * everything in either direction, NaN after every number, text by its bytes. O(n log r) for r stretches already in order.
 * @returns null when the rows are in order as they are
 */
export function sortedRows(keys: readonly SortKey[], length: number): Int32Array | null {
  const ranks = keys.map(({ column, desc }) => ranked(column, desc))
  const [first, second] = ranks
  if (first === undefined) return null
  const after =
    second === undefined
      ? (a: number, b: number): boolean => first[a]! > first[b]!
      : (a: number, b: number): boolean => {
          for (const rank of ranks) if (rank[a] !== rank[b]) return rank[a]! > rank[b]!
          return false
        }
  return mergedRuns(length, after)
}

/** Numbers in the order of the cells. A null is −∞. */
function ranked(column: Column, desc: boolean): Float64Array {
  const ranks = ascending(column)
  const { nulls } = column
  if (desc) for (let i = 0; i < ranks.length; i++) ranks[i] = -ranks[i]!
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

/** How far every value is above the least one, or null when a double cannot tell so exactly. */
function distances(data: BigInt64Array | BigUint64Array): Float64Array | null {
  if (data.length === 0) return new Float64Array(0)
  let least = data[0]!
  let greatest = least
  for (let i = 1; i < data.length; i++) {
    const value = data[i]!
    if (value < least) least = value
    else if (value > greatest) greatest = value
  }
  if (greatest - least > BigInt(Number.MAX_SAFE_INTEGER)) return null
  const ranks = new Float64Array(data.length)
  for (let i = 0; i < data.length; i++) ranks[i] = Number(data[i]! - least)
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

/** Merges neighbouring stretches that are in order until one is left. */
function mergedRuns(length: number, after: (a: number, b: number) => boolean): Int32Array | null {
  let runs = [0]
  for (let row = 1; row < length; row++) if (after(row - 1, row)) runs.push(row)
  if (runs.length === 1) return null
  runs.push(length)
  let from = new Int32Array(length)
  for (let row = 0; row < length; row++) from[row] = row
  let to = new Int32Array(length)
  while (runs.length > 2) {
    const merged = [0]
    for (let i = 0; i + 1 < runs.length; i += 2) {
      const start = runs[i]!
      const middle = runs[i + 1]!
      const end = runs[i + 2] ?? middle
      merge(from, to, start, middle, end, after)
      merged.push(end)
    }
    ;[from, to] = [to, from]
    runs = merged
  }
  return from
}

function merge(
  from: Int32Array,
  to: Int32Array,
  start: number,
  middle: number,
  end: number,
  after: (a: number, b: number) => boolean,
): void {
  let left = start
  let right = middle
  let out = start
  while (left < middle && right < end) to[out++] = after(from[left]!, from[right]!) ? from[right++]! : from[left++]!
  while (left < middle) to[out++] = from[left++]!
  while (right < end) to[out++] = from[right++]!
}
