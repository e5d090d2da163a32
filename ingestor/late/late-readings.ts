import type { Clock } from '../../lib/clock.ts'
import type { InfluxPoint } from '../../lib/influx/point.ts'
import { clocksApartNs, jobsLatenessNs } from '../../lib/schema/lateness.ts'
import { nsPerUnit, type Precision } from '../accepted-write.ts'
import { type KeptSpan, LateSpans } from './late-spans.ts'
import { Origins } from './origin.ts'

/** What is not marked yet, and where the marks before stand: kept together with what was delivered. */
export interface KeptLate {
  readonly spans: readonly KeptSpan[]
  /** Time of the newest mark, as text. */
  readonly markedNs: string
  /** Sequence number of the last record with marks; 0 = none yet. */
  readonly markSequence: number
}

/** Lines that the store has just taken. */
export interface StoredLines {
  readonly bucket: string
  readonly precision: Precision
  /** None of them is older. */
  readonly earliestNs: bigint
}

const lateAfterNs = jobsLatenessNs - clocksApartNs
const blank = 32

/**
 * Readings that came to the store when the windows of jobs may have been worked out without them, also because the store was
 * away. They are remembered here until the marks that name them are in the log.
 */
export class LateReadings {
  #unmarked: LateSpans
  /** Those whose marks are being written. */
  #underWay = new LateSpans()
  #markedNs: bigint
  #markSequence: number
  /** When the last of those that are not marked was in the store. */
  #storedNs: bigint
  readonly #origins = new Origins()
  /** Late readings since the start. */
  count = 0

  /** @param bucket the raw one: jobs read no other */
  constructor(
    readonly bucket: string,
    readonly clock: Clock,
    kept: KeptLate | null,
  ) {
    this.#unmarked = LateSpans.from(kept?.spans ?? [])
    this.#markedNs = BigInt(kept?.markedNs ?? 0)
    this.#markSequence = kept?.markSequence ?? 0
    this.#storedNs = clock.nowNs()
  }

  get isEmpty(): boolean {
    return this.#unmarked.count === 0
  }
  get markSequence(): number {
    return this.#markSequence
  }

  /**
   * Call when the store has said yes: what a job's window did not see because it came meanwhile is late by then. Costs nothing
   * but a comparison where nothing is late.
   * @param lines good ones with their times, in the batch's precision
   */
  note({ bucket, precision, earliestNs }: StoredLines, lines: readonly { readonly bytes: Buffer }[]): void {
    if (bucket !== this.bucket) return
    const nowNs = this.clock.nowNs()
    const beforeNs = nowNs - lateAfterNs
    if (earliestNs >= beforeNs) return
    const unitNs = nsPerUnit[precision]
    for (const { bytes } of lines) {
      const timeNs = timeOf(bytes) * unitNs
      if (timeNs >= beforeNs) continue
      const origin = this.#origins.of(bytes)
      if (origin === null) continue
      this.#unmarked.add(origin, timeNs)
      this.#storedNs = nowNs
      this.count++
    }
  }

  /** As it must be kept now. */
  kept(): KeptLate {
    return {
      spans: [...this.#underWay.kept(), ...this.#unmarked.kept()],
      markedNs: String(this.#markedNs),
      markSequence: this.#markSequence,
    }
  }

  /**
   * The marks that are due. Their time is when the last of the readings was in the store: what a job has read since need not be
   * read again. But each has one of its own, later than that of all before, since points with one time and the same tags would
   * take each other's place. Then call `marked` or `notMarked`.
   */
  takeMarks(): readonly InfluxPoint[] {
    this.#underWay = this.#unmarked
    this.#unmarked = new LateSpans()
    if (this.#storedNs > this.#markedNs) this.#markedNs = this.#storedNs
    return Array.from(this.#underWay.spans(), ({ origin: { source, site, line, machine }, ...span }) => ({
      measurement: 'late_arrival',
      tags: { source, site, line, machine },
      fields: { from_ns: span.earliestNs, to_ns: span.latestNs + 1n, points: BigInt(span.points) },
      timeNs: ++this.#markedNs,
    }))
  }

  /** The marks are in the log. */
  marked(sequence: number): void {
    this.#underWay = new LateSpans()
    this.#markSequence = sequence
  }

  /** They are not. */
  notMarked(): void {
    this.#unmarked.addAll(this.#underWay)
    this.#underWay = new LateSpans()
  }
}

/** The time at the end of a line, in units. */
function timeOf(bytes: Buffer): bigint {
  let end = bytes.length
  while (bytes[end - 1]! <= blank) end--
  let start = end
  while (bytes[start - 1]! > blank) start--
  return BigInt(bytes.toString('latin1', start, end))
}
