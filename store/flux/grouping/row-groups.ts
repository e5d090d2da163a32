import type { Column } from '../column.ts'

/** The rows of one table by the values of some columns. */
export interface RowGroups {
  readonly count: number
  /** Length rows: which group a row belongs to; groups are numbered as they first appear. */
  readonly ofRow: Int32Array
}

/** Rows that agree in all columns are one group; two nulls agree, two NaN too, and −0 is 0. One pass per column. */
export function rowGroups(columns: readonly Column[], length: number): RowGroups {
  let groups: RowGroups = { count: length === 0 ? 0 : 1, ofRow: new Int32Array(length) }
  for (const column of columns)
    if (column.constant === undefined) {
      const next = codes(column, length)
      groups = groups.count === 1 ? next : paired(groups, next)
    }
  return groups
}

/** The rows of each group, in their order, one group after the other: group g has rows.subarray(starts[g], starts[g + 1]). */
export function rowsByGroup({ count, ofRow }: RowGroups): { readonly rows: Int32Array; readonly starts: Int32Array } {
  const starts = new Int32Array(count + 1)
  for (const group of ofRow) starts[group + 1]!++
  for (let g = 0; g < count; g++) starts[g + 1]! += starts[g]!
  const next = starts.slice()
  const rows = new Int32Array(ofRow.length)
  for (let row = 0; row < ofRow.length; row++) rows[next[ofRow[row]!]!++] = row
  return { rows, starts }
}

function codes(column: Column, length: number): RowGroups {
  const { data, nulls, type } = column
  if (type === 'string') return codesOfStrings(data as readonly string[], nulls, length)
  if (type === 'bool') return codesOfStrings(data as Uint8Array, nulls, length)
  return codesOfWords(type === 'float' ? plain(data as Float64Array) : (data as BigInt64Array), nulls, length)
}

/** NaN of one kind, and no −0, so that equal numbers have equal bits. */
const plain = (values: Float64Array): Float64Array => {
  const copy = new Float64Array(values.length)
  for (let i = 0; i < values.length; i++) copy[i] = Number.isNaN(values[i]) ? Number.NaN : values[i]! + 0
  return copy
}

function codesOfStrings<T>(cells: ArrayLike<T>, nulls: Uint8Array | null, length: number): RowGroups {
  const known = new Map<T | null, number>()
  const ofRow = new Int32Array(length)
  let last: T | null | undefined
  let lastCode = 0
  for (let row = 0; row < length; row++) {
    const cell = nulls?.[row] === 1 ? null : cells[row]!
    if (cell !== last) {
      last = cell
      const code = known.get(cell)
      if (code === undefined) known.set(cell, (lastCode = known.size))
      else lastCode = code
    }
    ofRow[row] = lastCode
  }
  return { count: known.size, ofRow }
}

/** A hash table over the two halves of 64-bit cells, so that no cell becomes an object. */
function codesOfWords(
  data: BigInt64Array | BigUint64Array | Float64Array,
  nulls: Uint8Array | null,
  length: number,
): RowGroups {
  const words = new Int32Array(data.buffer, data.byteOffset, length * 2)
  const ofRow = new Int32Array(length)
  let capacity = 64
  let slots = new Int32Array(capacity).fill(-1) // code of the value in a slot
  const firstRow: number[] = [] // by code; −1 = the null
  let nullCode = -1
  const slotOf = (row: number): number => {
    const low = words[row * 2]!
    const high = words[row * 2 + 1]!
    let slot = hash(low, high) & (capacity - 1)
    for (;;) {
      const code = slots[slot]!
      if (code === -1) return slot
      const first = firstRow[code]!
      if (words[first * 2] === low && words[first * 2 + 1] === high) return slot
      slot = (slot + 1) & (capacity - 1)
    }
  }
  for (let row = 0; row < length; row++) {
    if (nulls?.[row] === 1) {
      if (nullCode === -1) nullCode = firstRow.push(-1) - 1
      ofRow[row] = nullCode
      continue
    }
    if (
      row > 0 &&
      words[row * 2] === words[row * 2 - 2] &&
      words[row * 2 + 1] === words[row * 2 - 1] &&
      nulls?.[row - 1] !== 1
    ) {
      ofRow[row] = ofRow[row - 1]!
      continue
    }
    let slot = slotOf(row)
    if (slots[slot] === -1) {
      slots[slot] = firstRow.push(row) - 1
      if (firstRow.length * 2 > capacity) {
        capacity *= 4
        slots = new Int32Array(capacity).fill(-1)
        for (let code = 0; code < firstRow.length; code++) if (code !== nullCode) slots[slotOf(firstRow[code]!)] = code
        slot = slotOf(row)
      }
    }
    ofRow[row] = slots[slot]!
  }
  return { count: firstRow.length, ofRow }
}

/** Mixes both halves, so that times which differ in their high digits only do not meet in one slot. */
const hash = (low: number, high: number): number => {
  let h = Math.imul(low ^ Math.imul(high, 0x85eb_ca6b), 0x9e37_79b1)
  h ^= h >>> 15
  h = Math.imul(h, 0x2c1b_3c6d)
  return h ^ (h >>> 13)
}

/** Groups that agree in both. */
function paired(a: RowGroups, b: RowGroups): RowGroups {
  const known = new Map<number, number>()
  const ofRow = new Int32Array(a.ofRow.length)
  let lastPair = -1
  let lastCode = 0
  for (let row = 0; row < ofRow.length; row++) {
    const pair = a.ofRow[row]! * b.count + b.ofRow[row]!
    if (pair !== lastPair) {
      lastPair = pair
      const code = known.get(pair)
      if (code === undefined) known.set(pair, (lastCode = known.size))
      else lastCode = code
    }
    ofRow[row] = lastCode
  }
  return { count: known.size, ofRow }
}
