import type { Column } from '../column.ts'
import { UnsupportedError } from '../errors.ts'
import type { Bounds } from '../stream.ts'
import { clipped, type WindowGrid } from './bounds.ts'

/** The rows of one table by windows, each cut to the range. */
export interface RowsOfWindows {
  /** In order of time. With gaps filled: all that overlap the range, and those of rows outside of it. */
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

/**
 * Which rows lie in which windows. A row may lie in several windows, or in none. A window that shares no time with the range is
 * the range, as InfluxDB has it; windows that are the same once they are cut are one, and may then hold a row twice.
 */
export function rowsOfWindows(time: Column, grid: WindowGrid, range: Bounds, createEmpty: boolean): RowsOfWindows {
  if (time.nulls?.includes(1)) throw new UnsupportedError('window of rows without a time')
  const slots = new Slots(range)
  if (createEmpty) for (const window of grid.overlapping(range)) slots.of(window)
  return grid.isTiling ? tiled(time, grid, slots) : overlapping(time, grid, slots)
}

/** The windows found so far, cut to the range, numbered as they come. */
class Slots {
  readonly windows: Bounds[] = []
  readonly #known = new Map<string, number>()

  constructor(readonly range: Bounds) {}

  of(window: Bounds): number {
    const shares = window.startNs < this.range.stopNs && window.stopNs > this.range.startNs
    const cut = shares ? clipped(window, this.range) : this.range
    const id = `${cut.startNs},${cut.stopNs}`
    let slot = this.#known.get(id)
    if (slot === undefined) {
      slot = this.windows.push(cut) - 1
      this.#known.set(id, slot)
    }
    return slot
  }
}

function tiled(time: Column, grid: WindowGrid, slots: Slots): RowsOfWindows {
  const times = time.data as BigInt64Array
  const slotOfRow = new Int32Array(times.length)
  let start = 1n
  let stop = 0n // no window yet
  let slot = 0
  for (let row = 0; row < times.length; row++) {
    const ns = times[row]!
    if (ns < start || ns >= stop) {
      const window = grid.at(grid.last(ns))
      start = window.startNs
      stop = window.stopNs
      slot = slots.of(window)
    }
    slotOfRow[row] = slot
  }
  return arranged(slots.windows, null, slotOfRow)
}

function overlapping(time: Column, grid: WindowGrid, slots: Slots): RowsOfWindows {
  const times = time.data as BigInt64Array
  const rows: number[] = []
  const slotOfRow: number[] = []
  let last: { readonly ns: bigint; readonly slots: readonly number[] } | undefined
  for (let row = 0; row < times.length; row++) {
    const ns = times[row]!
    if (last === undefined || last.ns !== ns) last = { ns, slots: grid.holding(ns).map((window) => slots.of(window)) }
    for (const slot of last.slots) {
      rows.push(row)
      slotOfRow.push(slot)
    }
  }
  return arranged(slots.windows, Int32Array.from(rows), Int32Array.from(slotOfRow))
}

/** Puts windows in order of time and rows in order of windows. @param rows null: row i is at place i */
function arranged(windows: readonly Bounds[], rows: Int32Array | null, slotOfPlace: Int32Array): RowsOfWindows {
  const order = [...windows.keys()].sort((a, b) => compareBounds(windows[a]!, windows[b]!))
  const placeOfSlot = new Int32Array(windows.length)
  order.forEach((slot, place) => {
    placeOfSlot[slot] = place
  })
  const starts = new Int32Array(windows.length + 1)
  let inOrder = rows === null
  let last = -1
  for (let i = 0; i < slotOfPlace.length; i++) {
    const place = placeOfSlot[slotOfPlace[i]!]!
    starts[place + 1]!++
    if (place < last) inOrder = false
    last = place
  }
  for (let w = 0; w < windows.length; w++) starts[w + 1]! += starts[w]!
  const sorted = order.map((slot) => windows[slot]!)
  if (inOrder) return { windows: sorted, starts, rows: null }
  const next = starts.slice()
  const arrangedRows = new Int32Array(slotOfPlace.length)
  for (let i = 0; i < slotOfPlace.length; i++) {
    const place = placeOfSlot[slotOfPlace[i]!]!
    arrangedRows[next[place]!++] = rows === null ? i : rows[i]!
  }
  return { windows: sorted, starts, rows: arrangedRows }
}

const compareBounds = (a: Bounds, b: Bounds): number =>
  a.startNs !== b.startNs ? (a.startNs < b.startNs ? -1 : 1) : a.stopNs < b.stopNs ? -1 : a.stopNs > b.stopNs ? 1 : 0
