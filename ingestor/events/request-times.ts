import type { FieldValue } from '../../lib/line-protocol/decode.ts'

/**
 * Which nanoseconds the events of one request take that name their times, so that none of them is lost to another: the store keeps
 * one point per series and time. Exact times are taken first; a request that is sent again gets the same times.
 */
export class RequestTimes {
  /** By time and series, the first nanosecond behind that may be free. */
  readonly #taken = new Map<string, bigint>()
  /** By time and series, the fields that exact events have there together. */
  readonly #fields = new Map<string, Map<string, FieldValue>>()
  /** Times that any series has, as one series; made when it is asked for. */
  #ofAll: RequestTimes | null = null

  /**
   * Takes an event's time as it is. Events of one exact time are one point, with the fields of all.
   * @param series measurement and tags
   * @returns a field of which an event at this time has another value: then nothing is taken; null when nothing is lost
   */
  takeExact(
    series: string,
    timeNs: bigint,
    fields: readonly (readonly [name: string, value: FieldValue])[],
  ): string | null {
    const key = keyOf(series, timeNs)
    const known = this.#fields.get(key)
    const lost = fields.find(([name, value]) => known?.has(name) && known.get(name) !== value)
    if (lost !== undefined) return lost[0]
    if (known === undefined) this.#fields.set(key, new Map(fields))
    else for (const [name, value] of fields) known.set(name, value)
    this.#taken.set(key, timeNs + 1n)
    return null
  }

  /** The event's own time, or the first free nanosecond after it. */
  assign(series: string, timeNs: bigint): bigint {
    let free = timeNs
    for (let next = this.#taken.get(keyOf(series, free)); next !== undefined; ) {
      free = next
      next = this.#taken.get(keyOf(series, free))
    }
    this.#taken.set(keyOf(series, free), free + 1n)
    // The next of this time need not try all that are taken.
    this.#taken.set(keyOf(series, timeNs), free + 1n)
    return free
  }

  /** As `assign`, for an event whose series is not known: a time that no series has. Only when all others have theirs. */
  assignApart(timeNs: bigint): bigint {
    if (this.#ofAll === null) {
      this.#ofAll = new RequestTimes()
      for (const key of this.#taken.keys()) this.#ofAll.takeExact('', BigInt(key.slice(0, key.indexOf(' '))), [])
    }
    return this.#ofAll.assign('', timeNs)
  }
}

const keyOf = (series: string, timeNs: bigint): string => `${timeNs} ${series}`
