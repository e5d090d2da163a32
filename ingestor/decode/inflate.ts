import { createGunzip, gunzipSync } from 'node:zlib'
import { ApiError } from '../../lib/errors.ts'
import { freeMemory } from '../../lib/free-memory.ts'

export interface InflateLimits {
  readonly inflatedBytesMax: number
  /** How many times larger than sent the result may be, once it is over `ratioFreeBytes`. */
  readonly inflatedRatioMax: number
}

/** Small bodies compress as well as they like: only beyond this does the ratio count. */
const ratioFreeBytes = 1 << 20

/** Beyond this a body is looked at: does it still grow so many times? Line protocol grows five to fifteen times. */
const trustedBytes = 4 << 20
const trustedRatio = 20

/**
 * Bodies up to this size are inflated at once where they are: the way to the thread pool and back costs more than the work.
 * A bomb of this size is stopped after a few milliseconds.
 */
const atOnceBytes = 12 << 10

/** So many bodies are inflated at once: the thread pool is the log's too, whose commits must not wait behind a bomb. */
const atOnceMax = 2
let underWay = 0
const waiting: (() => void)[] = []

/**
 * Undoes gzip in Node's thread pool, piece by piece, and stops at the limits. A body that looks like a bomb is inflated for its size
 * alone first, so that it costs no memory and little else. An empty body is taken as an empty batch (Telegraf sends that after a 413).
 * @param memory where the result lies when it is not inflated at once: given a length, a buffer that nobody else uses
 * @throws ApiError 413 at a limit, 400 for what is no gzip or is cut short
 */
export async function inflate(
  body: Buffer,
  limits: InflateLimits,
  memory: (bytes: number) => Buffer = Buffer.allocUnsafeSlow,
): Promise<Buffer> {
  if (body.length === 0) return body
  const bytesMax = Math.min(limits.inflatedBytesMax, Math.max(ratioFreeBytes, body.length * limits.inflatedRatioMax))
  if (body.length <= atOnceBytes) return inflatedHere(body, bytesMax)
  if (underWay >= atOnceMax) await new Promise<void>((resolve) => waiting.push(resolve))
  else underWay++
  try {
    const inflated = await inflatedUpTo(body, bytesMax, Math.max(trustedBytes, body.length * trustedRatio), memory)
    if (inflated !== null) return inflated
    await inflatedUpTo(body, bytesMax, null, memory)
    return (await inflatedUpTo(body, bytesMax, bytesMax, memory))!
  } finally {
    const next = waiting.shift()
    if (next === undefined) underWay--
    else next()
  }
}

function inflatedHere(body: Buffer, bytesMax: number): Buffer {
  try {
    return gunzipSync(body, { maxOutputLength: bytesMax })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(body, bytesMax) : broken(error as Error)
  }
}

/**
 * @param trusted when it grows beyond, it is given up and the answer is null; null: it is counted only, and the answer is empty
 * @throws ApiError as `inflate`
 */
function inflatedUpTo(
  body: Buffer,
  bytesMax: number,
  trusted: number | null,
  memory: (bytes: number) => Buffer,
): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const gunzip = createGunzip({ chunkSize: 256 << 10 })
    // A body's last four bytes say how large it is. They may lie, and in one that is cut short they are chance: what has been
    // inflated so far has to agree.
    const saysTooLarge = body.length >= 4 && body.readUInt32LE(body.length - 4) > bytesMax
    const parts: Buffer[] = []
    let bytes = 0
    gunzip.on('data', (part: Buffer) => {
      bytes += part.length
      if (saysTooLarge && bytes > Math.max(trustedBytes, trustedRatio * gunzip.bytesWritten)) bytes = bytesMax + 1
      if (bytes <= Math.min(bytesMax, trusted ?? bytesMax)) {
        if (trusted === null) freeMemory(part)
        else parts.push(part)
        return
      }
      gunzip.destroy()
      for (const one of parts.splice(0)) freeMemory(one)
      if (bytes > bytesMax) reject(tooLarge(body, bytesMax))
      else resolve(null)
    })
    gunzip.on('end', () => resolve(trusted === null ? nothing : together(parts, bytes, memory)))
    gunzip.on('error', (error: Error) => reject(broken(error)))
    gunzip.end(body)
  })
}

const nothing = Buffer.alloc(0)

function together(parts: readonly Buffer[], bytes: number, memory: (bytes: number) => Buffer): Buffer {
  const all = memory(bytes)
  let at = 0
  for (const part of parts) {
    at += part.copy(all, at)
    // A piece that its memory is larger than shares it with the next one.
    freeMemory(part)
  }
  return all
}

const broken = (error: Error & { readonly code?: string }): ApiError =>
  new ApiError(
    'invalid',
    error.code === 'Z_BUF_ERROR'
      ? 'unable to read data: unexpected EOF'
      : `unable to read data: gzip: ${error.message}`,
  )

const tooLarge = (body: Buffer, bytesMax: number): ApiError =>
  new ApiError(
    'request too large',
    `unable to read data: the gzip body holds more than ${bytesMax} bytes (it was sent with ${body.length})`,
  )

/** Whether the body is gzip: the header is read as InfluxDB reads it, in small letters; anything else counts as plain. */
export const isGzip = (contentEncoding: string | undefined): boolean =>
  contentEncoding === 'gzip' || contentEncoding === 'x-gzip'
