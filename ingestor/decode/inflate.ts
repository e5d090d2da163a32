import { createGunzip, gunzipSync } from 'node:zlib'
import { ApiError } from '../../lib/errors.ts'
import { freeMemory, freeWhole } from '../../lib/free-memory.ts'

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
 * Bodies up to this size that say they are no larger than that inside are inflated at once where they are: the way to the thread
 * pool and back costs more than the work, which is a millisecond at most: what is larger than it says goes the other way.
 */
const atOnceBytes = 32 << 10
const atOnceInflatedBytes = 256 << 10
/** Memory of its own, also of the smallest: Node puts what is smaller together with others. */
const chunkBytesMin = 16 << 10
const chunkBytesMax = 256 << 10

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
  if (body.length <= atOnceBytes && saidBytes(body) <= Math.min(bytesMax, atOnceInflatedBytes)) {
    const inflated = inflatedHere(body, memory)
    if (inflated !== null) return inflated
  }
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

/** How large a gzip body says it is, in its last four bytes. They may lie, and in one that is cut short they are chance. */
const saidBytes = (body: Buffer): number =>
  body.length < 4 ? Number.POSITIVE_INFINITY : body.readUInt32LE(body.length - 4)

/** @returns null when it is larger than it says @throws ApiError 400 */
function inflatedHere(body: Buffer, memory: (bytes: number) => Buffer): Buffer | null {
  const said = saidBytes(body)
  try {
    // In one piece: its memory has room for one byte more, or a second piece would be made.
    const chunkSize = Math.max(chunkBytesMin, said + 1)
    return together([gunzipSync(body, { chunkSize, maxOutputLength: Math.max(1, said) })], memory)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return null
    throw broken(error as Error)
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
    const said = saidBytes(body)
    const gunzip = createGunzip({ chunkSize: Math.max(chunkBytesMin, Math.min(chunkBytesMax, said + 1)) })
    // What has been inflated so far has to agree.
    const saysTooLarge = said > bytesMax
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
    gunzip.on('end', () => resolve(trusted === null ? nothing : together(parts, memory)))
    gunzip.on('error', (error: Error) => reject(broken(error)))
    gunzip.end(body)
  })
}

const nothing = Buffer.alloc(0)

/** Copies pieces together and frees them: nobody else looks at their memory. */
function together(parts: readonly Buffer[], memory: (bytes: number) => Buffer): Buffer {
  const all = memory(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) at += part.copy(all, at)
  for (const part of parts) freeWhole(part)
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
