import type { Clock } from '../../lib/clock.ts'

/** A clock that stands until it is moved: sleepers wake in the order of their time. */
export class FakeClock implements Clock {
  #nowNs: bigint
  #elapsedMs = 0
  #sleepers: { readonly atMs: number; readonly wake: () => void }[] = []

  constructor(startNs = 1_767_225_600_000_000_000n) {
    this.#nowNs = startNs
  }

  nowNs(): bigint {
    return this.#nowNs
  }

  monotonicMs(): number {
    return this.#elapsedMs
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error)
      const sleeper = {
        atMs: this.#elapsedMs + ms,
        wake: () => {
          signal?.removeEventListener('abort', abort)
          resolve()
        },
      }
      const abort = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
        reject(signal!.reason as Error)
      }
      signal?.addEventListener('abort', abort, { once: true })
      this.#sleepers.push(sleeper)
    })
  }

  /** How many sleep. */
  get sleepers(): number {
    return this.#sleepers.length
  }

  /** Lets time pass; who wakes gets to run, and may sleep again within the same stretch. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#elapsedMs + ms
    for (;;) {
      const next = this.#sleepers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0]
      if (next === undefined) break
      this.#sleepers = this.#sleepers.filter((other) => other !== next)
      this.#moveTo(next.atMs)
      next.wake()
      await new Promise((resolve) => setImmediate(resolve))
    }
    this.#moveTo(untilMs)
    await new Promise((resolve) => setImmediate(resolve))
  }

  /** The wall clock is set, as by an operator or a time server; nothing that sleeps notices. */
  setWall(ns: bigint): void {
    this.#nowNs = ns
  }

  #moveTo(elapsedMs: number): void {
    this.#nowNs += BigInt(Math.round((elapsedMs - this.#elapsedMs) * 1e6))
    this.#elapsedMs = elapsedMs
  }
}
