import type { BoardStatus } from '../api.ts'
import { askStore, type BoardStore, StoreProblem } from './store.ts'

/** Widened until something is found: a plant that sends answers in the first, which reads next to nothing. */
const lookBack = ['1m', '15m', '6h', '30d'] as const
const askAgainAfterMs = 3_000
const timeoutMs = 4_000

export type Reachability = Pick<BoardStatus, 'connected' | 'reason' | 'newestMs'>

/** How old the plant's newest reading is, and whether the store answers at all. All viewers share one question. */
export class NewestReading {
  #answer: Promise<Reachability> | null = null
  #askedAtMs = Number.NEGATIVE_INFINITY
  #newestMs: number | null = null
  #searchedFar = false

  constructor(
    readonly store: BoardStore,
    readonly bucket: string,
  ) {}

  state(): Promise<Reachability> {
    if (this.#answer === null || performance.now() - this.#askedAtMs > askAgainAfterMs) {
      this.#askedAtMs = performance.now()
      this.#answer = this.#ask()
    }
    return this.#answer
  }

  async #ask(): Promise<Reachability> {
    try {
      for (const length of this.#searchedFar ? lookBack.slice(0, 2) : lookBack) {
        const found = await this.#within(length)
        if (found === null) continue
        this.#newestMs = Math.max(found, this.#newestMs ?? found)
        break
      }
      this.#searchedFar = this.#newestMs !== null
      return { connected: true, reason: null, newestMs: this.#newestMs }
    } catch (error) {
      // A store that refuses is there: what it refuses is shown where it is asked for.
      const passing = !(error instanceof StoreProblem) || error.code === 'unavailable'
      return { connected: !passing, reason: (error as Error).message, newestMs: this.#newestMs }
    }
  }

  async #within(length: string): Promise<number | null> {
    const script = `from(bucket: ${JSON.stringify(this.bucket)})
  |> range(start: -${length})
  |> keep(columns: ["_time"])
  |> max(column: "_time")`
    const tables = await askStore(this.store, script, { timeoutMs })
    const times = tables.flatMap(({ columns }) => columns.find(({ label }) => label === '_time')?.cells ?? [])
    return times.reduce<number | null>((newest, cell) => {
      const ms = typeof cell === 'bigint' ? Number(cell / 1_000_000n) : null
      return ms !== null && (newest === null || ms > newest) ? ms : newest
    }, null)
  }
}
