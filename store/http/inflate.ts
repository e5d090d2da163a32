import { createGunzip } from 'node:zlib'
import { ApiError } from '../../lib/errors.ts'

/**
 * Undoes gzip with the status and words of InfluxDB for what is broken: no gzip at all, cut short and broken data are 500, a
 * wrong checksum is 400.
 */
export function inflate(body: Buffer, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const gunzip = createGunzip({ chunkSize: 256 << 10 })
    const parts: Buffer[] = []
    let bytes = 0
    if (body.length < 2 || body[0] !== 0x1f || body[1] !== 0x8b)
      return reject(new ApiError('internal error', 'An internal error has occurred - check server logs'))
    gunzip.on('data', (part: Buffer) => {
      bytes += part.length
      parts.push(part)
      if (bytes <= bytesMax) return
      gunzip.destroy()
      reject(
        new ApiError(
          'request too large',
          `unable to read data: points batch is too large, more than ${bytesMax} bytes`,
        ),
      )
    })
    gunzip.on('end', () => resolve(parts.length === 1 ? parts[0]! : Buffer.concat(parts, bytes)))
    gunzip.on('error', (error: Error & { code?: string }) => reject(reason(error)))
    gunzip.end(body)
  })
}

function reason(error: Error & { code?: string }): ApiError {
  if (error.code === 'Z_BUF_ERROR') return new ApiError('internal error', 'unable to read data: unexpected EOF')
  if (/incorrect (data|length) check/.test(error.message))
    return new ApiError('invalid', 'unable to read data: gzip: invalid checksum')
  return new ApiError('internal error', `unable to read data: flate: corrupt input: ${error.message}`)
}
