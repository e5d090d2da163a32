import { clocksApartNs } from '../lib/schema/lateness.ts'

/** When a job last ran its windows, as far as is remembered: of so many windows, and not across a restart. */
export class PastRuns {
  /** Start of a window → when its values were last begun to be read; the longest ago first. */
  readonly #begunNs = new Map<bigint, bigint>()

  constructor(readonly windowsMax = 50_000) {}

  /** A window has run. @param begunNs the clock before its values were read */
  note(windowStartNs: bigint, begunNs: bigint): void {
    this.#begunNs.delete(windowStartNs)
    this.#begunNs.set(windowStartNs, begunNs)
    if (this.#begunNs.size > this.windowsMax) this.#begunNs.delete(this.#begunNs.keys().next().value!)
  }

  /** Whether a window has surely run with all that was in the store at an instant of another clock. */
  hasRunSince(windowStartNs: bigint, timeNs: bigint): boolean {
    const begunNs = this.#begunNs.get(windowStartNs)
    return begunNs !== undefined && begunNs > timeNs + clocksApartNs
  }
}
