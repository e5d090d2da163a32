import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError } from '../../lib/errors.ts'
import { ask, type ServerAt } from '../server.ts'

export interface SenderOptions {
  readonly server: ServerAt
  readonly org: string
  readonly bucket: string
  /** Requests under way at once. */
  readonly inFlight: number
  /** How long a server that does not take anything is asked again before the import gives up. */
  readonly patienceMs: number
  readonly onWaiting: (reason: string) => void
  /** Lines that the ingestor did not take: those it named, each with its place, and how many they are in all. */
  readonly onRefused: (named: readonly (Place & { readonly reason: string })[], badLines: number) => void
}

/** Where a line of a request comes from. */
export interface Place {
  readonly file: string
  readonly line: number
}

/** Sends batches of line protocol, a few at a time, each again until it is taken. */
export class Sender {
  readonly #underWay = new Set<Promise<void>>()
  #failure: unknown = null
  /** When the first request left and the last one was acknowledged, ms of performance.now(). */
  firstSentMs = Number.NaN
  lastTakenMs = Number.NaN

  constructor(readonly options: SenderOptions) {}

  /**
   * Resolves when there is room for the next batch.
   * @param places one for each line of the batch
   * @throws what made an earlier batch fail for good
   */
  async send(lines: string, places: readonly Place[]): Promise<void> {
    while (this.#underWay.size >= this.options.inFlight) await Promise.race(this.#underWay)
    if (this.#failure !== null) throw this.#failure
    if (Number.isNaN(this.firstSentMs)) this.firstSentMs = performance.now()
    const sending: Promise<void> = this.#deliver(lines, places)
      .catch((error: unknown) => {
        this.#failure ??= error
      })
      .finally(() => this.#underWay.delete(sending))
    this.#underWay.add(sending)
  }

  /** Resolves when everything is acknowledged. */
  async finish(): Promise<void> {
    await Promise.all(this.#underWay)
    if (this.#failure !== null) throw this.#failure
  }

  async #deliver(lines: string, places: readonly Place[]): Promise<void> {
    const { server, org, bucket, patienceMs, onWaiting, onRefused } = this.options
    const path = `/api/v2/write?${new URLSearchParams({ org, bucket, precision: 'ns' })}`
    const giveUpMs = performance.now() + patienceMs
    for (let waitMs = 250; ; waitMs = Math.min(waitMs * 2, 8_000)) {
      try {
        await ask(server, path, {
          method: 'POST',
          body: lines,
          headers: { 'Content-Type': 'text/plain; charset=utf-8' },
        })
        this.lastTakenMs = performance.now()
        return
      } catch (error) {
        if (error instanceof ApiError && Array.isArray(error.details['line_errors'])) {
          const errors = error.details['line_errors'] as { line: number; reason: string }[]
          const named = errors.map(({ line, reason }) => ({
            ...(places[line - 1] ?? { file: 'request', line }),
            reason,
          }))
          onRefused(named, Number(error.details['bad_lines'] ?? errors.length))
          this.lastTakenMs = performance.now()
          return
        }
        const mayHelp = !(error instanceof ApiError) || error.status >= 500
        if (!mayHelp || performance.now() + waitMs > giveUpMs) throw error
        onWaiting((error as Error).message)
        await sleep(waitMs)
      }
    }
  }
}
