import type { Budget } from '../budget.ts'
import type { Column } from '../column.ts'
import { UnsupportedError } from '../errors.ts'
import type { Bounds } from '../stream.ts'
import { clipped, type WindowGrid } from './bounds.ts'

/** The rows of one table by windows, each cut to the range. */
export interface RowsOfWindows {
  /** In order of time; those without rows only where empty ones are asked for. */
  readonly windows: readonly Bounds[]
  /** Window w holds rows starts[w] … starts[w + 1] − 1 of `rows`, or of the table itself where that is null. */
  readonly starts: Int32Array
  /** Row numbers, window after window, those of a window in the table's order; null when the table's rows lie so. */
  readonly rows: Int32Array | null
}

/** One window for everything. */
export const wholeRange = (range: Bounds, length: number): RowsOfWindows => ({
  windows: [range],
  starts: Int32Array.of(0, length),
  rows: null,
})

/** More windows than this are looked up one by one, unless all of them are asked for. */
const tabledMax = 1_000_000
const bytesPerWindow = 160

/**
 * The windows of one stream, reckoned once, and which rows of its tables lie in which. A row may lie in several windows, or in
 * none. A window that shares no time with the range is the range, as InfluxDB has it; windows that are the same once they are cut
 * are one, and may then hold a row twice.
 */
export class WindowsOfRange {
  /** All that share time with the range, or none where rows are to look them up. */
  readonly #all: readonly Bounds[]
  readonly #starts: BigInt64Array
  readonly #stops: BigInt64Array
  /** Whether a row of the range is in exactly one of `#all`. */
  readonly #isTable: boolean

  constructor(
    readonly grid: WindowGrid,
    readonly range: Bounds,
    readonly createEmpty: boolean,
    budget: Budget,
  ) {
    const all: Bounds[] = []
    const stops: bigint[] = []
    const starts: bigint[] = []
    const count = (range.stopNs - range.startNs) / spacing(grid)
    const isTabled = grid.isTiling && count < tabledMax
    if (createEmpty) budget.charge(0, Number(count) * bytesPerWindow)
    for (const window of isTabled || createEmpty ? grid.overlapping(range) : []) {
      if ((all.length & 0xfff) === 0) budget.check()
      all.push(clipped(window, range))
      starts.push(window.startNs)
      stops.push(window.stopNs)
    }
    this.#all = all
    this.#starts = BigInt64Array.from(starts)
    this.#stops = BigInt64Array.from(stops)
    this.#isTable = isTabled || (createEmpty && grid.isTiling)
  }

  /** @throws UnsupportedError when a row has no time */
  rowsOf(time: Column): RowsOfWindows {
    if (time.nulls?.includes(1)) throw new UnsupportedError('window of rows without a time')
    const times = time.data as BigInt64Array
    if (this.#isTable) {
      const slots = this.#tabled(times)
      if (slots !== null) return this.#byWindow(slots)
    }
    return this.#byLookup(times)
  }

  /** The window of every row, or null when a row lies beyond the range. */
  #tabled(times: BigInt64Array): Int32Array | null {
    const slots = new Int32Array(times.length)
    const starts = this.#starts
    const stops = this.#stops
    const count = starts.length
    if (count === 0) return times.length === 0 ? slots : null
    let slot = 0
    let start = starts[0]!
    let stop = stops[0]!
    for (let row = 0; row < times.length; row++) {
      const ns = times[row]!
      if (ns >= stop || ns < start) {
        if (ns >= stop && slot + 1 < count && ns < stops[slot + 1]!) slot++
        else slot = lastAtOrBefore(starts, ns)
        if (slot < 0) return null
        start = starts[slot]!
        stop = stops[slot]!
        if (ns >= stop || ns < start) return null
      }
      slots[row] = slot
    }
    return slots
  }

  #byWindow(slots: Int32Array): RowsOfWindows {
    const { rows, starts } = arranged(slots, this.#all.length)
    if (this.createEmpty) return { windows: this.#all, starts, rows }
    const windows: Bounds[] = []
    const used: number[] = []
    for (let w = 0; w < this.#all.length; w++)
      if (starts[w]! < starts[w + 1]!) {
        windows.push(this.#all[w]!)
        used.push(starts[w]!)
      }
    used.push(slots.length)
    return { windows, starts: Int32Array.from(used), rows }
  }

  /** Row by row, as overlapping windows and rows beyond the range need it. */
  #byLookup(times: BigInt64Array): RowsOfWindows {
    const windows: Bounds[] = []
    const known = new Map<string, number>()
    const slotOf = (window: Bounds): number => {
      const shares = window.startNs < this.range.stopNs && window.stopNs > this.range.startNs
      const cut = shares ? clipped(window, this.range) : this.range
      const id = `${cut.startNs},${cut.stopNs}`
      let slot = known.get(id)
      if (slot === undefined) known.set(id, (slot = windows.push(cut) - 1))
      return slot
    }
    if (this.createEmpty) for (const window of this.#all) slotOf(window)
    const rows: number[] = []
    const slots: number[] = []
    let last: readonly number[] = []
    for (let row = 0; row < times.length; row++) {
      if (row === 0 || times[row] !== times[row - 1]) last = this.grid.holding(times[row]!).map(slotOf)
      for (const slot of last) {
        rows.push(row)
        slots.push(slot)
      }
    }
    const order = [...windows.keys()].sort((a, b) => compareBounds(windows[a]!, windows[b]!))
    const place = new Int32Array(windows.length)
    order.forEach((slot, at) => {
      place[slot] = at
    })
    const laid = arranged(
      Int32Array.from(slots, (slot) => place[slot]!),
      windows.length,
    )
    return {
      windows: order.map((slot) => windows[slot]!),
      starts: laid.starts,
      rows: laid.rows === null ? Int32Array.from(rows) : laid.rows.map((i) => rows[i]!),
    }
  }
}

/** The time from one window's begin to the next one's, near enough. */
const spacing = (grid: WindowGrid): bigint => {
  const between = grid.at(1n).startNs - grid.at(0n).startNs
  return between > 0n ? between : 1n
}

/** The last of ascending instants that is not after one, −1 when all are. */
function lastAtOrBefore(ascending: BigInt64Array, ns: bigint): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ascending[middle]! <= ns) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** Places in the order of their windows, equal ones as they were; rows are null when they are so already. */
function arranged(slots: Int32Array, count: number): { readonly rows: Int32Array | null; readonly starts: Int32Array } {
  const starts = new Int32Array(count + 1)
  let inOrder = true
  for (let i = 0; i < slots.length; i++) {
    starts[slots[i]! + 1]!++
    if (i > 0 && slots[i]! < slots[i - 1]!) inOrder = false
  }
  for (let w = 0; w < count; w++) starts[w + 1]! += starts[w]!
  if (inOrder) return { rows: null, starts }
  const next = starts.slice()
  const rows = new Int32Array(slots.length)
  for (let i = 0; i < slots.length; i++) rows[next[slots[i]!]!++] = i
  return { rows, starts }
}

const compareBounds = (a: Bounds, b: Bounds): number =>
  a.startNs !== b.startNs ? (a.startNs < b.startNs ? -1 : 1) : a.stopNs < b.stopNs ? -1 : a.stopNs > b.stopNs ? 1 : 0
