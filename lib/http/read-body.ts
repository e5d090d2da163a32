import type { IncomingMessage } from 'node:http'
import { ApiError } from '../errors.ts'

/**
 * Reads a request's body as it was sent.
 * @throws ApiError 413 as soon as it grows over `bytesMax`; 400 when the sender broke off
 */
export const readBody = (request: IncomingMessage, bytesMax: number): Promise<Buffer> =>
  new Promise((resolve, reject) =>
    collectBody(request, bytesMax, (error, body) => (error === null ? resolve(body) : reject(error))),
  )

/**
 * As `readBody`, for a path on which a promise per request is felt. @param done called once
 * @param memory where a body of several parts lies: given a length, a buffer that nobody else uses
 */
export function collectBody(
  request: IncomingMessage,
  bytesMax: number,
  done: (error: ApiError | null, body: Buffer) => void,
  memory: (bytes: number) => Buffer = Buffer.allocUnsafeSlow,
): void {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > bytesMax) {
    done(tooLarge(bytesMax), nothing)
    return
  }
  const body = new BodyInParts(request, bytesMax, announced, done, memory)
  request.on('data', (part: Buffer) => body.add(part))
  request.on('end', () => body.end())
  request.on('error', () => body.finish(brokenOff(), nothing))
  request.on('close', () => {
    if (!request.complete) body.finish(brokenOff(), nothing)
  })
}

class BodyInParts {
  readonly #parts: Buffer[] = []
  /** Of the announced length, once a quarter of it is here: nobody gets memory for a promise, and no body lies there twice. */
  #whole: Buffer | null = null
  #bytes = 0
  #isDone = false

  constructor(
    readonly request: IncomingMessage,
    readonly bytesMax: number,
    readonly announced: number,
    readonly done: (error: ApiError | null, body: Buffer) => void,
    readonly memory: (bytes: number) => Buffer,
  ) {}

  add(part: Buffer): void {
    if (this.#isDone) return
    this.#bytes += part.length
    if (this.#bytes <= this.bytesMax) {
      this.#keep(part)
      return
    }
    this.request.pause()
    this.finish(tooLarge(this.bytesMax), nothing)
  }

  #keep(part: Buffer): void {
    if (this.#whole !== null) {
      part.copy(this.#whole, this.#bytes - part.length)
      return
    }
    this.#parts.push(part)
    if (this.#bytes >= this.announced || this.#bytes * 4 < this.announced) return
    this.#whole = this.memory(this.announced)
    let at = 0
    for (const one of this.#parts.splice(0)) at += one.copy(this.#whole, at)
  }

  end(): void {
    if (this.#whole !== null) this.finish(null, this.#whole.subarray(0, this.#bytes))
    else this.finish(null, this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts, this.#bytes))
  }

  finish(error: ApiError | null, body: Buffer): void {
    if (this.#isDone) return
    this.#isDone = true
    this.done(error, body)
  }
}

const nothing = Buffer.alloc(0)

const tooLarge = (bytesMax: number): ApiError =>
  new ApiError('request too large', `unable to read data: points batch is too large, more than ${bytesMax} bytes`)

const brokenOff = (): ApiError => new ApiError('invalid', 'unable to read data: unexpected EOF')
