import { floorDiv } from '../../lib/time/calendar.ts'
import { nobody, type Origin, originOf } from './origin.ts'

/** Late readings of one origin in adjacent hours of UTC, each of which has one. */
export interface LateSpan {
  readonly origin: Origin
  readonly earliestNs: bigint
  readonly latestNs: bigint
  readonly points: number
}

/** As it is kept on disk: measurement, site, line, machine, earliest and latest as text, points. */
export type KeptSpan = readonly [string, string, string, string, earliestNs: string, latestNs: string, points: number]

interface Run {
  /** Full hours; the end is not included. */
  fromNs: bigint
  toNs: bigint
  earliestNs: bigint
  latestNs: bigint
  points: number
}

interface Runs {
  readonly origin: Origin
  /** Ascending; none touches another. */
  readonly list: Run[]
  /** The one that got the reading before. */
  last: Run
}

const hourNs = 3_600_000_000_000n
const hourOf = (timeNs: bigint): bigint => floorDiv(timeNs, hourNs) * hourNs

/**
 * When late readings lie, by whose they are and by the hour. Beyond `spansMax` spans all become those of nobody in particular,
 * and if these are too many, the ones with the smallest gaps between them become one: coarser, and never less.
 */
export class LateSpans {
  readonly #byOrigin = new Map<string, Runs>()
  #count = 0

  constructor(readonly spansMax = 1_000) {}

  static from(kept: readonly KeptSpan[], spansMax?: number): LateSpans {
    const spans = new LateSpans(spansMax)
    for (const [source, site, line, machine, earliest, latest, points] of kept)
      spans.#addSpan(originOf(source, site, line, machine), BigInt(earliest), BigInt(latest), points)
    return spans
  }

  get count(): number {
    return this.#count
  }

  /** One reading. Cost of one in the hours of the reading before it: two comparisons. */
  add(origin: Origin, timeNs: bigint): void {
    const last = this.#byOrigin.get(origin.id)?.last
    if (last !== undefined && timeNs >= last.fromNs && timeNs < last.toNs) {
      if (timeNs < last.earliestNs) last.earliestNs = timeNs
      if (timeNs > last.latestNs) last.latestNs = timeNs
      last.points++
    } else this.#addSpan(origin, timeNs, timeNs, 1)
  }

  addAll(other: LateSpans): void {
    for (const { origin, earliestNs, latestNs, points } of other.spans())
      this.#addSpan(origin, earliestNs, latestNs, points)
  }

  /** In order of time within an origin. */
  *spans(): Generator<LateSpan> {
    for (const { origin, list } of this.#byOrigin.values())
      for (const { earliestNs, latestNs, points } of list) yield { origin, earliestNs, latestNs, points }
  }

  kept(): readonly KeptSpan[] {
    return Array.from(this.spans(), ({ origin: { source, site, line, machine }, earliestNs, latestNs, points }) => [
      source,
      site,
      line,
      machine,
      String(earliestNs),
      String(latestNs),
      points,
    ])
  }

  #addSpan(origin: Origin, earliestNs: bigint, latestNs: bigint, points: number): void {
    const run = { fromNs: hourOf(earliestNs), toNs: hourOf(latestNs) + hourNs, earliestNs, latestNs, points }
    this.#addRun(origin, run)
    if (this.#count > this.spansMax) this.#coarsen()
  }

  #addRun(origin: Origin, run: Run): void {
    const runs = this.#byOrigin.get(origin.id)
    if (runs === undefined) {
      this.#byOrigin.set(origin.id, { origin, list: [run], last: run })
      this.#count++
      return
    }
    const { list } = runs
    const first = placeOf(list, run.fromNs)
    let end = first
    while (end < list.length && list[end]!.fromNs <= run.toNs) join(run, list[end++]!)
    list.splice(first, end - first, run)
    runs.last = run
    this.#count += 1 - (end - first)
  }

  #coarsen(): void {
    const all = [...this.#byOrigin.values()]
    this.#byOrigin.clear()
    this.#count = 0
    for (const { list } of all) for (const run of list) this.#addRun(nobody, run)
    const runs = this.#byOrigin.get(nobody.id)!
    const wanted = Math.ceil(this.spansMax / 2)
    if (runs.list.length <= wanted) return
    const gaps = runs.list
      .slice(1)
      .map((run, i) => ({ after: i, ns: run.fromNs - runs.list[i]!.toNs }))
      .sort((a, b) => (a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : a.after - b.after))
    const closed = new Set(gaps.slice(0, runs.list.length - wanted).map(({ after }) => after))
    const joined: Run[] = []
    for (const [i, run] of runs.list.entries()) {
      if (closed.has(i - 1)) join(joined.at(-1)!, run)
      else joined.push(run)
    }
    this.#byOrigin.set(nobody.id, { origin: nobody, list: joined, last: joined.at(-1)! })
    this.#count = joined.length
  }
}

/** Index of the first run that ends at `fromNs` or later. */
function placeOf(list: readonly Run[], fromNs: bigint): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (list[middle]!.toNs < fromNs) low = middle + 1
    else high = middle
  }
  return low
}

function join(into: Run, other: Run): void {
  if (other.fromNs < into.fromNs) into.fromNs = other.fromNs
  if (other.toNs > into.toNs) into.toNs = other.toNs
  if (other.earliestNs < into.earliestNs) into.earliestNs = other.earliestNs
  if (other.latestNs > into.latestNs) into.latestNs = other.latestNs
  into.points += other.points
}
