import { type ContextInterval, type ContextValues, contextTags, type Piece, sameValues } from './interval.ts'

const forever = 2n ** 63n

/**
 * Resolves overlapping statements about one machine: at each instant the one posted last holds. Neighbours that say the same
 * are joined. n log n in the number of intervals.
 * @param intervals in any order, revisions all different
 * @returns disjoint pieces in order of time; gaps between them are times of which nothing is known
 */
export function resolvePieces(intervals: readonly ContextInterval[]): Piece[] {
  const starts = [...intervals].sort((a, b) => (a.fromNs < b.fromNs ? -1 : a.fromNs > b.fromNs ? 1 : 0))
  const edges = [...new Set(intervals.flatMap(({ fromNs, toNs }) => [fromNs, toNs ?? forever]))].sort((a, b) =>
    a < b ? -1 : 1,
  )
  const active = new NewestFirst()
  const pieces: Piece[] = []
  let next = 0
  for (let i = 0; i + 1 < edges.length; i++) {
    const at = edges[i]!
    while (next < starts.length && starts[next]!.fromNs <= at) active.add(starts[next++]!)
    const holds = active.newestAt(at)
    if (holds === undefined) continue
    const until = edges[i + 1]!
    const toNs = until === forever ? null : until
    const values = valuesOf(holds)
    const last = pieces.at(-1)
    if (last !== undefined && last.toNs === at && sameValues(last.values, values))
      pieces[pieces.length - 1] = { ...last, toNs }
    else pieces.push({ fromNs: at, toNs, values })
  }
  return pieces
}

/** Where two resolutions of one machine differ: what was and what is, in order of time. */
export function changedPieces(
  before: readonly Piece[],
  after: readonly Piece[],
): {
  readonly fromNs: bigint
  readonly toNs: bigint | null
  readonly before: ContextValues | null
  readonly after: ContextValues | null
}[] {
  const edges = [...new Set([...before, ...after].flatMap(({ fromNs, toNs }) => [fromNs, toNs ?? forever]))].sort(
    (a, b) => (a < b ? -1 : 1),
  )
  const changes: { fromNs: bigint; toNs: bigint | null; before: ContextValues | null; after: ContextValues | null }[] =
    []
  for (let i = 0; i + 1 < edges.length; i++) {
    const was = holdingAt(before, edges[i]!)
    const is = holdingAt(after, edges[i]!)
    if (sameValues(was, is)) continue
    const until = edges[i + 1]!
    const last = changes.at(-1)
    const toNs = until === forever ? null : until
    if (last !== undefined && last.toNs === edges[i] && sameValues(last.before, was) && sameValues(last.after, is))
      last.toNs = toNs
    else changes.push({ fromNs: edges[i]!, toNs, before: was, after: is })
  }
  return changes
}

/** The values that hold at an instant, or null. Bisects. */
export function holdingAt(pieces: readonly Piece[], ns: bigint): ContextValues | null {
  let low = 0
  let high = pieces.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (pieces[middle]!.fromNs <= ns) low = middle + 1
    else high = middle
  }
  const piece = pieces[low - 1]
  return piece !== undefined && (piece.toNs === null || ns < piece.toNs) ? piece.values : null
}

const valuesOf = (interval: ContextInterval): ContextValues => {
  const values: { -readonly [tag in keyof ContextValues]: string } = {}
  for (const tag of contextTags) if (interval[tag] !== undefined) values[tag] = interval[tag]
  return values
}

/** A heap of intervals by revision; those that have ended are dropped when they come to the top. */
class NewestFirst {
  readonly #heap: ContextInterval[] = []

  add(interval: ContextInterval): void {
    const heap = this.#heap
    let i = heap.push(interval) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (heap[parent]!.revision >= heap[i]!.revision) break
      ;[heap[parent], heap[i]] = [heap[i]!, heap[parent]!]
      i = parent
    }
  }

  newestAt(ns: bigint): ContextInterval | undefined {
    for (;;) {
      const top = this.#heap[0]
      if (top === undefined || top.toNs === null || top.toNs > ns) return top
      this.#removeTop()
    }
  }

  #removeTop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    heap[0] = last
    let i = 0
    for (;;) {
      let largest = i
      for (const child of [2 * i + 1, 2 * i + 2])
        if (child < heap.length && heap[child]!.revision > heap[largest]!.revision) largest = child
      if (largest === i) return
      ;[heap[i], heap[largest]] = [heap[largest]!, heap[i]!]
      i = largest
    }
  }
}
