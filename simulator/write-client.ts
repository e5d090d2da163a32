import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Ask, Target } from './requests.ts'

const compress = promisify(gzip)

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

/** Sends lines; resolves once they are acknowledged. */
export type Write = (lines: string) => Promise<void>

/**
 * A client of `/api/v2/write` that compresses, and tries again until the data is acknowledged: writing the same points twice
 * changes nothing. Rejects with WriteRefused when it is no use.
 */
export function writeClient({ org, bucket }: Target, ask: Ask): Write {
  const path = `/api/v2/write?${new URLSearchParams({ org, bucket, precision: 'ms' })}`
  const headers = { 'content-encoding': 'gzip', 'content-type': 'text/plain; charset=utf-8' }
  return async (lines) => {
    const body = await compress(lines, { level: 1 })
    const { status, text } = await ask(path, { method: 'POST', headers, body })
    if (status < 200 || status > 299) throw new WriteRefused(status, text)
  }
}
