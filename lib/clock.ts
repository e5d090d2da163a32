/** Time as a parameter, so that a day of waiting tests in a millisecond. */
export interface Clock {
  /** Wall clock, nanoseconds since 1970. */
  nowNs(): bigint
  /** Never goes back; milliseconds from some start. */
  monotonicMs(): number
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  nowNs: () => {
    const ms = performance.timeOrigin + performance.now()
    const whole = Math.floor(ms)
    return BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6))
  },
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error)
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }, ms)
      const abort = (): void => {
        clearTimeout(timer)
        reject(signal!.reason as Error)
      }
      signal?.addEventListener('abort', abort, { once: true })
    }),
}
