import type { IncomingMessage } from 'node:http'
import { ApiError } from '../errors.ts'
import { freeWhole } from '../free-memory.ts'
import { type BodyRoom, endlessRoom, roomlessBytes } from './body-room.ts'

/**
 * Reads a request's body as it was sent.
 * @throws ApiError 413 as soon as it grows over `bytesMax`; 400 when the sender broke off; 503 without room
 */
export const readBody = (request: IncomingMessage, bytesMax: number, room?: BodyRoom): Promise<Buffer> =>
  new Promise((resolve, reject) =>
    collectBody(request, bytesMax, (error, body) => (error === null ? resolve(body) : reject(error)), undefined, room),
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
  room?: BodyRoom,
): void {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > bytesMax) {
    done(tooLarge(bytesMax), nothing)
    return
  }
  const body = new GatheredBody(bytesMax, announced, done, memory, room)
  request.on('data', (part: Buffer) => {
    if (!body.add(part)) request.pause()
  })
  request.on('end', () => body.end())
  request.on('error', () => body.breakOff())
  request.on('close', () => {
    if (!request.complete) body.breakOff()
  })
}

/** Parts from this size on are kept as they are, smaller ones are copied together: a view for each weighs more than it shows. */
const ownPartBytes = 4 << 10
const smallTogetherBytes = 64 << 10

/** A body that comes in parts. */
export class GatheredBody {
  #parts: { readonly bytes: Buffer; readonly isOurs: boolean }[] = []
  /** Small parts, one behind the other. */
  #small: Buffer = nothing
  #smallBytes = 0
  /** Of the announced length, once a quarter of it is here: nobody gets memory for a promise, and no body lies there twice. */
  #whole: Buffer | null = null
  #bytes = 0
  /** Of the room. */
  #held = 0
  #isDone = false

  /** @param announced how long it will be, 0 when nobody knows @param done called once */
  constructor(
    readonly bytesMax: number,
    readonly announced: number,
    readonly done: (error: ApiError | null, body: Buffer) => void,
    readonly memory: (bytes: number) => Buffer,
    readonly room: BodyRoom = endlessRoom,
  ) {}

  get bytes(): number {
    return this.#bytes
  }

  /**
   * @param isOurs nobody else looks at the memory that the part lies in: it is freed when the part is copied
   * @returns false when it grew over its limit, or there is no room for it: that was its end
   */
  add(part: Buffer, isOurs = false): boolean {
    if (this.#isDone) return true
    this.#bytes += part.length
    let refusal: ApiError | null = null
    if (this.#bytes > this.bytesMax) refusal = tooLarge(this.bytesMax)
    else if (!this.#hasRoom()) refusal = crowded(this.room.bytesMax)
    if (refusal === null) this.#keep(part, isOurs)
    else this.#finish(refusal, nothing)
    return refusal === null
  }

  /** For what has come so far; for all that was announced as soon as there will be memory for it. */
  #hasRoom(): boolean {
    if (this.#whole !== null) return true
    const isWhole = this.#bytes * 4 >= this.announced && this.#bytes < this.announced
    const needed = isWhole ? this.announced : this.#bytes
    if (needed <= roomlessBytes) return true
    const more = needed - this.#held
    if (!this.room.take(more)) return false
    this.#held += more
    return true
  }

  #keep(part: Buffer, isOurs: boolean): void {
    if (this.#whole !== null) {
      part.copy(this.#whole, this.#bytes - part.length)
      if (isOurs) freeWhole(part)
      return
    }
    if (part.length >= ownPartBytes || part.length === this.#bytes) {
      this.#closeSmall()
      this.#parts.push({ bytes: part, isOurs })
    } else this.#keepSmall(part)
    if (this.#bytes >= this.announced || this.#bytes * 4 < this.announced) return
    this.#whole = this.memory(this.announced)
    let at = 0
    for (const { bytes, isOurs } of this.#partsSoFar()) {
      at += bytes.copy(this.#whole, at)
      if (isOurs) freeWhole(bytes)
    }
    this.#parts = []
  }

  #keepSmall(part: Buffer): void {
    if (this.#smallBytes >= smallTogetherBytes) this.#closeSmall()
    const to = this.#smallBytes + part.length
    if (to > this.#small.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(64, 2 * to))
      this.#small.copy(larger, 0, 0, this.#smallBytes)
      this.#small = larger
    }
    part.copy(this.#small, this.#smallBytes)
    this.#smallBytes = to
  }

  #closeSmall(): void {
    if (this.#smallBytes > 0) this.#parts.push({ bytes: this.#small.subarray(0, this.#smallBytes), isOurs: false })
    this.#small = nothing
    this.#smallBytes = 0
  }

  #partsSoFar(): readonly { readonly bytes: Buffer; readonly isOurs: boolean }[] {
    this.#closeSmall()
    return this.#parts
  }

  end(): void {
    if (this.#whole !== null) {
      this.#finish(null, this.#whole.subarray(0, this.#bytes))
      return
    }
    const parts = this.#partsSoFar().map(({ bytes }) => bytes)
    this.#finish(null, parts.length === 1 ? parts[0]! : Buffer.concat(parts, this.#bytes))
  }

  /** Its sender is gone, or said too little. */
  breakOff(): void {
    this.#finish(brokenOff, nothing)
  }

  #finish(error: ApiError | null, body: Buffer): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#parts = []
    this.#small = nothing
    this.#whole = null
    this.room.give(this.#held)
    this.#held = 0
    this.done(error, body)
  }
}

const nothing = Buffer.alloc(0)

export const tooLarge = (bytesMax: number): ApiError =>
  new ApiError('request too large', `unable to read data: points batch is too large, more than ${bytesMax} bytes`)

export const crowded = (bytesMax: number): ApiError =>
  new ApiError(
    'unavailable',
    `bodies of requests that are on their way take the ${bytesMax} bytes they may take together; nothing was acknowledged, send it again`,
  )

/** The same for all: thousands may break off at once, and a stack would be kept for each. */
const brokenOff = new ApiError('invalid', 'unable to read data: unexpected EOF')
