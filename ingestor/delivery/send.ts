import http from 'node:http'
import https from 'node:https'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Precision } from '../accepted-write.ts'

const compress = promisify(gzip)

/** What became of one request, in the only terms that matter to the delivery. */
export type Outcome =
  | { readonly kind: 'stored' }
  /** Try the same again later: overload, a fault, a time-out, nobody there. */
  | { readonly kind: 'again'; readonly reason: string; readonly afterMs: number | null }
  /** Nothing can be stored until somebody mends rights, organization or bucket. */
  | { readonly kind: 'hold'; readonly status: number; readonly reason: string }
  /** The bucket was deleted: nobody waits for these lines, and they must not hold up the others. */
  | { readonly kind: 'gone'; readonly reason: string }
  /** Something in these lines is not acceptable: look for it. */
  | { readonly kind: 'bad'; readonly status: number; readonly reason: string }

export type Send = (bucket: string, precision: Precision, lines: readonly Uint8Array[]) => Promise<Outcome>

export interface Target {
  readonly url: string
  readonly token: string
  readonly org: string
  /** From a request's first byte to the last of its answer. */
  readonly timeoutMs: number
  readonly connectionsMax: number
}

/** Sends lines to an InfluxDB 2 write API, gzipped. Never rejects. @returns the function and how to close its connections */
export function createSend(target: Target): { readonly send: Send; readonly close: () => void } {
  const base = new URL(target.url)
  const transport = base.protocol === 'https:' ? https : http
  const agent = new transport.Agent({ keepAlive: true, maxSockets: target.connectionsMax })
  const prefix = base.pathname.replace(/\/$/, '')
  const send: Send = async (bucket, precision, lines) => {
    const body = await compress(joinLines(lines), { level: 1 })
    return new Promise((settle) => {
      // An answer that drips for ever is none.
      const timer = setTimeout(
        () => request.destroy(new Error(`no whole answer within ${target.timeoutMs} ms`)),
        target.timeoutMs,
      )
      const resolve = (outcome: Outcome): void => {
        clearTimeout(timer)
        settle(outcome)
      }
      const request = transport.request(
        {
          agent,
          host: base.hostname,
          port: base.port,
          method: 'POST',
          path: `${prefix}/api/v2/write?${new URLSearchParams({ org: target.org, bucket, precision })}`,
          headers: {
            authorization: `Token ${target.token}`,
            'content-type': 'text/plain; charset=utf-8',
            'content-encoding': 'gzip',
            'content-length': body.length,
          },
        },
        (response) => {
          const parts: Buffer[] = []
          let bytes = 0
          response.on('data', (part: Buffer) => {
            bytes += part.length
            if (bytes <= 64 << 10) parts.push(part)
          })
          response.on('end', () =>
            resolve(
              outcomeOf(response.statusCode ?? 0, response.headers['retry-after'], Buffer.concat(parts).toString()),
            ),
          )
          response.on('error', (error) => resolve(again(error)))
        },
      )
      request.on('error', (error) => resolve(again(error)))
      request.end(body)
    })
  }
  return { send, close: () => agent.destroy() }
}

/** The one retry policy. @param retryAfter header in seconds, as InfluxDB sends it */
export function outcomeOf(status: number, retryAfter: string | undefined, body: string): Outcome {
  if (status >= 200 && status < 300) return { kind: 'stored' }
  const reason = `${status}: ${messageOf(body)}`
  if (status === 401 || status === 403 || status === 404) return { kind: 'hold', status, reason }
  if (status === 400 || status === 413 || status === 422) return { kind: 'bad', status, reason }
  const seconds = Number(retryAfter)
  return {
    kind: 'again',
    reason,
    afterMs: retryAfter !== undefined && Number.isFinite(seconds) ? Math.min(seconds * 1000, 60_000) : null,
  }
}

const again = (error: Error): Outcome => ({ kind: 'again', reason: error.message, afterMs: null })

const messageOf = (body: string): string => {
  try {
    const { message } = JSON.parse(body) as { message?: unknown }
    if (typeof message === 'string') return message.slice(0, 500)
  } catch {
    // Not InfluxDB's shape: the text itself says what there is to say.
  }
  return body.slice(0, 500)
}

const lineEnd = Buffer.from('\n')
const joinLines = (lines: readonly Uint8Array[]): Buffer => Buffer.concat(lines.flatMap((line) => [line, lineEnd]))
