import type { IncomingMessage } from 'node:http'
import { ApiError } from '../errors.ts'

/**
 * Reads a request's body as it was sent.
 * @throws ApiError 413 as soon as it grows over `bytesMax`; 400 when the sender broke off
 */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > bytesMax) throw tooLarge(bytesMax)
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let bytes = 0
    const onData = (part: Buffer): void => {
      bytes += part.length
      if (bytes <= bytesMax) {
        parts.push(part)
        return
      }
      request.off('data', onData)
      request.pause()
      reject(tooLarge(bytesMax))
    }
    request.on('data', onData)
    request.on('end', () => resolve(parts.length === 1 ? parts[0]! : Buffer.concat(parts, bytes)))
    request.on('error', () => reject(brokenOff()))
    request.on('close', () => {
      if (!request.complete) reject(brokenOff())
    })
  })
}

const tooLarge = (bytesMax: number): ApiError =>
  new ApiError('request too large', `unable to read data: points batch is too large, more than ${bytesMax} bytes`)

const brokenOff = (): ApiError => new ApiError('invalid', 'unable to read data: unexpected EOF')
