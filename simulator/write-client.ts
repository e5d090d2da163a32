import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Clock } from '../lib/clock.ts'

const compress = promisify(gzip)

export interface Target {
  /** Gateway or ingestor, without a path. */
  readonly url: string
  readonly token: string
  readonly org: string
  /** The raw bucket. */
  readonly bucket: string
}

/** The server does not take the demo plant's data, and trying again would not help. */
export class WriteRefused extends Error {
  override readonly name = 'WriteRefused'
  constructor(
    readonly status: number,
    answer: string,
  ) {
    super(`the server refused the demo plant's data with status ${status}: ${answer.slice(0, 500)}`)
  }
}

export interface WriteClientOptions {
  readonly target: Target
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Told before each pause after a failure. */
  readonly onTrouble?: (why: string, waitMs: number) => void
}

/** Sends lines; resolves once they are acknowledged. */
export type Write = (lines: string) => Promise<void>

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

/**
 * A client of `/api/v2/write` that compresses, and tries again with growing pauses until the data is acknowledged: writing the
 * same points twice changes nothing. Rejects with the signal's reason when it is aborted, with WriteRefused when it is no use.
 */
export function writeClient({ target, clock, signal, onTrouble }: WriteClientOptions): Write {
  const query = new URLSearchParams({ org: target.org, bucket: target.bucket, precision: 'ms' })
  const address = `${target.url.replace(/\/+$/, '')}/api/v2/write?${query}`
  const headers = {
    authorization: `Token ${target.token}`,
    'content-encoding': 'gzip',
    'content-type': 'text/plain; charset=utf-8',
  }
  /** @returns why it must be tried again, or null when it is done */
  const attempt = async (body: Uint8Array): Promise<string | null> => {
    // By hand, because AbortSignal.any keeps something of each request for as long as `signal` lives.
    const request = new AbortController()
    const abort = (): void => request.abort(signal.reason)
    const overtime = setTimeout(() => request.abort(new Error(`no answer in ${answerWithinMs} ms`)), answerWithinMs)
    signal.addEventListener('abort', abort, { once: true })
    try {
      const response = await fetch(address, { method: 'POST', headers, body, signal: request.signal })
      const answer = await response.text()
      if (response.ok) return null
      if (!worthTrying(response.status)) throw new WriteRefused(response.status, answer)
      return `status ${response.status}`
    } catch (error) {
      if (error instanceof WriteRefused) throw error
      signal.throwIfAborted()
      return messageOf(error)
    } finally {
      clearTimeout(overtime)
      signal.removeEventListener('abort', abort)
    }
  }
  return async (lines) => {
    const body = await compress(lines, { level: 1 })
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
      signal.throwIfAborted()
      const trouble = await attempt(body)
      if (trouble === null) return
      onTrouble?.(trouble, waitMs)
      await clock.sleep(waitMs, signal)
    }
  }
}
