import { createGunzip } from 'node:zlib'
import { ApiError } from '../../lib/errors.ts'

export interface InflateLimits {
  readonly inflatedBytesMax: number
  /** How many times larger than sent the result may be, once it is over `ratioFreeBytes`. */
  readonly inflatedRatioMax: number
}

/** Small bodies compress as well as they like: only beyond this does the ratio count. */
const ratioFreeBytes = 1 << 20

/**
 * Undoes gzip in Node's thread pool, piece by piece, and stops at the limits: what was inflated by then is all that a
 * bomb costs. An empty body is taken as an empty batch (Telegraf sends that after a 413).
 * @throws ApiError 413 at a limit, 400 for what is no gzip or is cut short
 */
export function inflate(body: Buffer, { inflatedBytesMax, inflatedRatioMax }: InflateLimits): Promise<Buffer> {
  if (body.length === 0) return Promise.resolve(body)
  const bytesMax = Math.min(inflatedBytesMax, Math.max(ratioFreeBytes, body.length * inflatedRatioMax))
  return new Promise((resolve, reject) => {
    const gunzip = createGunzip({ chunkSize: 256 << 10 })
    const parts: Buffer[] = []
    let bytes = 0
    gunzip.on('data', (part: Buffer) => {
      bytes += part.length
      if (bytes <= bytesMax) {
        parts.push(part)
        return
      }
      gunzip.destroy()
      reject(
        new ApiError(
          'request too large',
          `unable to read data: the gzip body holds more than ${bytesMax} bytes (it was sent with ${body.length})`,
        ),
      )
    })
    gunzip.on('end', () => resolve(parts.length === 1 ? parts[0]! : Buffer.concat(parts, bytes)))
    gunzip.on('error', (error: Error & { code?: string }) =>
      reject(
        new ApiError(
          'invalid',
          error.code === 'Z_BUF_ERROR'
            ? 'unable to read data: unexpected EOF'
            : `unable to read data: gzip: ${error.message}`,
        ),
      ),
    )
    gunzip.end(body)
  })
}

/** Whether the body is gzip: the header is read as InfluxDB reads it, in small letters; anything else counts as plain. */
export const isGzip = (contentEncoding: string | undefined): boolean =>
  contentEncoding === 'gzip' || contentEncoding === 'x-gzip'
