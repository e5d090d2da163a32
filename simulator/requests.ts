import type { Clock } from '../lib/clock.ts'

export interface Target {
  /** Gateway or ingestor, without a path. */
  readonly url: string
  readonly token: string
  readonly org: string
  /** The raw bucket. */
  readonly bucket: string
}

export interface RequestOptions {
  readonly target: Target
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Told before each pause after a failure. */
  readonly onTrouble?: (why: string, waitMs: number) => void
}

/** An answer that trying again would not change: 2xx, or a refusal. */
export interface Answer {
  readonly status: number
  readonly text: string
}

/** Sends one request until it is answered for good. @param path with its parameters */
export type Ask = (
  path: string,
  request?: {
    readonly method: 'POST'
    readonly headers: Readonly<Record<string, string>>
    readonly body: Uint8Array | string
  },
) => Promise<Answer>

const firstWaitMs = 250
const longestWaitMs = 10_000
/** A store at work on a large merge may take a while; silence beyond this is a lost connection. */
const answerWithinMs = 60_000

/** 408, 429 and all of 5xx pass; anything else would be refused again. */
const worthTrying = (status: number): boolean => status === 408 || status === 429 || status >= 500

const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

/** Asks again with growing pauses where a server is full, slow or gone. Rejects with the signal's reason when it is aborted. */
export function requests({ target, clock, signal, onTrouble }: RequestOptions): Ask {
  const base = target.url.replace(/\/+$/, '')
  const authorization = `Token ${target.token}`
  /** @returns the answer, or why it must be tried again */
  const attempt = async (path: string, request: Parameters<Ask>[1]): Promise<Answer | string> => {
    // By hand, because AbortSignal.any keeps something of each request for as long as `signal` lives.
    const ended = new AbortController()
    const abort = (): void => ended.abort(signal.reason)
    const overtime = setTimeout(() => ended.abort(new Error(`no answer in ${answerWithinMs} ms`)), answerWithinMs)
    signal.addEventListener('abort', abort, { once: true })
    try {
      const headers = { authorization, ...request?.headers }
      const response = await fetch(`${base}${path}`, { ...request, headers, signal: ended.signal })
      const text = await response.text()
      return worthTrying(response.status) ? `status ${response.status}` : { status: response.status, text }
    } catch (error) {
      signal.throwIfAborted()
      return messageOf(error)
    } finally {
      clearTimeout(overtime)
      signal.removeEventListener('abort', abort)
    }
  }
  return async (path, request) => {
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
      signal.throwIfAborted()
      const answer = await attempt(path, request)
      if (typeof answer !== 'string') return answer
      onTrouble?.(answer, waitMs)
      await clock.sleep(waitMs, signal)
    }
  }
}
