import { quantile, sortedValues } from '../../lib/statistics/quantile.ts'

/** Counts of one sender since the start. */
export class SenderTraffic {
  /** Acknowledged, those in quarantine included. */
  lines = 0
  bad = 0
  /** Of its latest request, nanoseconds since 1970; a double is exact to a quarter of a microsecond. */
  lastNs = Number.NaN
  /** Seconds from the newest reading of a request to its arrival, of the latest requests. */
  readonly #offsets = new Float64Array(offsetsKept)
  #offsetCount = 0

  /** @param newestSeconds whole seconds of the newest reading, rounded down; −∞ where no line had a time */
  note(lines: number, bad: number, arrivalNs: bigint, newestSeconds: number): void {
    this.lines += lines
    this.bad += bad
    const arrival = Number(arrivalNs)
    this.lastNs = arrival
    // Half a second for what was rounded down.
    if (newestSeconds > Number.NEGATIVE_INFINITY)
      this.#offsets[this.#offsetCount++ % offsetsKept] = arrival / 1e9 - newestSeconds - 0.5
  }

  /**
   * Median of arrival − newest reading over the requests since the last call, up to the latest 128; right to half a second.
   * Zero where a sender's clock is right and it sends at once; negative where its clock is ahead. NaN without such a request.
   */
  takeClockOffset(): number {
    const count = Math.min(this.#offsetCount, offsetsKept)
    this.#offsetCount = 0
    return count === 0 ? Number.NaN : quantile(sortedValues(this.#offsets, 0, count), 0.5)
  }
}

const offsetsKept = 128
const sendersMax = 200

/** Stands for all senders beyond the first 200. */
export const otherSenders = 'other'

/** What each token has sent. Two hundred are told apart, so that tokens made by a program cost nothing. */
export class Senders {
  readonly #byToken = new Map<string, SenderTraffic>()

  of(tokenId: string): SenderTraffic {
    return this.#byToken.get(tokenId) ?? this.#meet(tokenId)
  }

  get all(): ReadonlyMap<string, SenderTraffic> {
    return this.#byToken
  }

  /** A token that is no more sends no more. */
  forget(tokenId: string): void {
    this.#byToken.delete(tokenId)
  }

  #meet(tokenId: string): SenderTraffic {
    if (this.#byToken.size >= sendersMax) {
      const other = this.#byToken.get(otherSenders)
      if (other !== undefined) return other
      tokenId = otherSenders
    }
    const traffic = new SenderTraffic()
    this.#byToken.set(tokenId, traffic)
    return traffic
  }
}
