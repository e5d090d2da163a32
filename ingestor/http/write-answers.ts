import { STATUS_CODES } from 'node:http'
import type { ApiError } from '../../lib/errors.ts'
import { errorHeaders } from '../../lib/http/error-answer.ts'

/** The whole answer to a write that is on disk. @param nowMs since 1970 @param keepAliveMs how long its connection is kept */
export const noContentAt = (nowMs: number, keepAliveMs: number): Buffer =>
  Buffer.from(
    `HTTP/1.1 204 No Content\r\nDate: ${new Date(nowMs).toUTCString()}\r\nConnection: keep-alive\r\nKeep-Alive: timeout=${keepAliveMs / 1_000}\r\n\r\n`,
    'latin1',
  )

/** As Node says it. */
export const tookTooLong = 'HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'

/** As Node says it. */
export const notHttp = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'

/** Of a sender that says no more. */
export const notWhole = 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'

/** Any other answer to a write. @param refusal null: it is on disk @param keepAliveMs null: the connection ends with it */
export function answerText(refusal: ApiError | null, keepAliveMs: number | null): string {
  const kept =
    keepAliveMs === null
      ? 'Connection: close\r\n'
      : `Connection: keep-alive\r\nKeep-Alive: timeout=${keepAliveMs / 1_000}\r\n`
  const date = `Date: ${new Date().toUTCString()}\r\n`
  if (refusal === null) return `HTTP/1.1 204 No Content\r\n${date}${kept}\r\n`
  const body = JSON.stringify(refusal.toBody())
  const headers = Object.entries(errorHeaders(refusal.code)).map(([name, value]) => `${name}: ${value}\r\n`)
  const length = `Content-Length: ${Buffer.byteLength(body)}\r\n`
  return `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}\r\n${headers.join('')}${length}${date}${kept}\r\n${body}`
}
