import { appendFile, readFile, rename, writeFile } from 'node:fs/promises'
import { LineScanner } from '../../lib/line-protocol/scan.ts'
import { decodeAcceptedWrite, nsPerUnit } from '../accepted-write.ts'

/** Stretches of taken nanoseconds that are remembered per series, and of all series together. */
const stretchesMax = 100_000

/** Nanoseconds [from, to) that events of a series have taken. */
interface Stretch {
  readonly from: bigint
  to: bigint
}

/**
 * Which nanoseconds the events of each sensor have taken, so that no two of them are one point: the store keeps one point per series
 * and time, and sensors send many events with one time. An event gets its own time where that is free, else the first free
 * nanosecond after it; so events of one time keep their order of arrival.
 *
 * It is remembered in a file that is written a moment later, and what a crash takes is read again out of the log (`recover`). The
 * least recently used beyond 100,000 stretches are forgotten: an event whose time was used so long ago overwrites.
 */
export class EventTimes {
  readonly #series = new Map<string, Stretch[]>()
  /** By series and start, least recently used first. */
  readonly #used = new Map<Stretch, string>()
  #unsaved: [series: string, from: string, to: string][] = []
  #rows = 0
  #saving: Promise<void> = Promise.resolve()

  private constructor(readonly path: string | null) {}

  /** @param path of its file; null: it is remembered in memory alone */
  static async open(path: string | null): Promise<EventTimes> {
    const times = new EventTimes(path)
    if (path === null) return times
    const text = await readFile(path, 'utf8').catch(() => '')
    for (const line of text.split('\n')) {
      try {
        const [series, from, to] = JSON.parse(line) as [string, string, string]
        times.occupy(series, BigInt(from), BigInt(to))
      } catch {
        // Torn by a crash: the log still has it.
      }
    }
    await times.#rewrite()
    return times
  }

  /** The event's own time, or the first free nanosecond after it. @param series measurement and tags */
  assign(series: string, timeNs: bigint): bigint {
    const stretches = this.#series.get(series)
    const at = stretches === undefined ? -1 : lastUpTo(stretches, timeNs)
    const taken = at === -1 ? undefined : stretches![at]!
    const free = taken !== undefined && taken.to > timeNs ? taken.to : timeNs
    this.occupy(series, free, free + 1n)
    return free
  }

  /** Takes [from, to) of a series. */
  occupy(series: string, from: bigint, to: bigint): void {
    let stretches = this.#series.get(series)
    if (stretches === undefined) this.#series.set(series, (stretches = []))
    let at = lastUpTo(stretches, from)
    if (at !== -1 && stretches[at]!.to >= to) return // known already
    if (at === -1 || stretches[at]!.to < from) stretches.splice(++at, 0, { from, to })
    const stretch = stretches[at]!
    if (stretch.to < to) stretch.to = to
    let touching = at + 1
    while (touching < stretches.length && stretches[touching]!.from <= stretch.to) {
      if (stretches[touching]!.to > stretch.to) stretch.to = stretches[touching]!.to
      this.#used.delete(stretches[touching++]!)
    }
    stretches.splice(at + 1, touching - at - 1)
    this.#used.delete(stretch)
    this.#used.set(stretch, series)
    if (this.#used.size > stretchesMax) this.#forgetOldest()
    if (this.path === null) return
    const last = this.#unsaved.at(-1)
    if (last !== undefined && last[0] === series && last[1] === String(stretch.from)) last[2] = String(stretch.to)
    else this.#unsaved.push([series, String(stretch.from), String(stretch.to)])
  }

  /** Takes in what a record of the log holds of a measurement's events. @param payload an accepted write */
  recover(payload: Buffer, measurement: string): void {
    const { body, precision, arrivalNs } = decodeAcceptedWrite(payload)
    const start = `${measurement},`
    if (!body.includes(start)) return
    const unitNs = nsPerUnit[precision]
    const scan = scanner.scan(body, { crlf: true, unitNs })
    for (let i = 0; i < scan.count; i++) {
      const series = body.toString('utf8', scan.starts[i]!, scan.keyEnds[i]!)
      if (!series.startsWith(start)) continue
      const stamped = scan.timeStarts[i] !== -1
      const timeNs = stamped
        ? (BigInt(scan.timeHigh[i]!) * 1_000_000_000n + BigInt(scan.timeLow[i]!)) * unitNs
        : arrivalNs
      this.occupy(series, timeNs, timeNs + 1n)
    }
  }

  /** Writes down what was taken since. @throws the file system's error; what it could not keep is tried again with the next */
  save(): Promise<void> {
    if (this.path === null || this.#unsaved.length === 0) return this.#saving
    const rows = this.#unsaved
    this.#unsaved = []
    this.#saving = this.#saving
      .catch(() => {})
      .then(async () => {
        try {
          this.#rows += rows.length
          if (this.#rows > 4 * this.#used.size + 10_000) await this.#rewrite()
          else await appendFile(this.path!, linesOf(rows), { mode: 0o600 })
        } catch (error) {
          this.#unsaved.unshift(...rows)
          throw error
        }
      })
    return this.#saving
  }

  async #rewrite(): Promise<void> {
    this.#unsaved = []
    const rows = [...this.#used].map(([{ from, to }, series]) => [series, String(from), String(to)] as const)
    await writeFile(`${this.path}.new`, linesOf(rows), { mode: 0o600 })
    await rename(`${this.path}.new`, this.path!)
    this.#rows = rows.length
  }

  #forgetOldest(): void {
    const [stretch, series] = this.#used.entries().next().value!
    this.#used.delete(stretch)
    const stretches = this.#series.get(series)!
    stretches.splice(stretches.indexOf(stretch), 1)
    if (stretches.length === 0) this.#series.delete(series)
  }
}

const scanner = new LineScanner()

const linesOf = (rows: readonly (readonly [string, string, string])[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('')

/** Index of the last stretch that starts at or before a time; −1 when all start later. */
function lastUpTo(stretches: readonly Stretch[], timeNs: bigint): number {
  let low = 0
  let high = stretches.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (stretches[middle]!.from <= timeNs) low = middle + 1
    else high = middle
  }
  return low - 1
}
