import type { Socket } from 'node:net'
import type { ApiError } from '../../lib/errors.ts'
import type { BodyRoom } from '../../lib/http/body-room.ts'
import type { ConnectionFront } from '../../lib/http/listen.ts'
import { GatheredBody, tooLarge } from '../../lib/http/read-body.ts'
import { GatheredHead, mayBecomeHead, type RequestHead, readRequestHead } from '../../lib/http/request-head.ts'
import type { Exchange, KnownSender } from './exchange.ts'
import { answerText, noContentAt, notHttp, notWhole, tookTooLong } from './write-answers.ts'
import { dialectOf, type WriteRequests } from './write-requests.ts'

export interface WriteConnectionsOptions {
  readonly requests: Pick<WriteRequests, 'handle'>
  /** How long a request may take from its first byte to its last; 0: as long as it likes. */
  readonly requestTimeoutMs: number
  /** How long a connection is kept that asks for nothing. */
  readonly keepAliveMs: number
}

type HandOver = (socket: Socket, read: Buffer) => void

const checkEveryMs = 500
/** So many are closed at once, then others have their turn: thousands that dawdle together must not hold up a sender. */
const endedAtOnceMax = 50
/** How long a head may take where requests may take longer; Node's HTTP server has the same. */
const headMsMax = 60_000
/** A sender that was refused while it sent may read why before its connection is cut. */
const lingerMs = 2_000
/** What is kept of requests that come while one is answered; more waits in the kernel. */
const aheadBytesMax = 64 << 10

/**
 * Connections that carry writes, framed here: plain POSTs with a length to the write addresses, one after the other. Node's HTTP
 * server costs several times what the rest of a small write does. A connection that carries anything else, in one byte, is handed
 * over to it with all that was read, and stays there.
 */
export class WriteConnections implements ConnectionFront {
  readonly #open = new Set<WriteConnection>()
  readonly #ending = new Set<WriteConnection>()
  #isClosing = false
  #noContent: Buffer = noContentAt(0, 0)
  #noContentSecond = 0
  readonly #check: NodeJS.Timeout

  constructor(readonly options: WriteConnectionsOptions) {
    this.#check = setInterval(() => this.#closeLate(), checkEveryMs)
    this.#check.unref()
  }

  take(socket: Socket, handOver: HandOver): void {
    const connection = new WriteConnection(socket, handOver, this)
    this.#open.add(connection)
  }

  forget(connection: WriteConnection): void {
    this.#open.delete(connection)
  }

  get isClosing(): boolean {
    return this.#isClosing
  }

  /** The whole answer to a write that is on disk. */
  noContent(): Buffer {
    const nowMs = Date.now()
    const second = Math.floor(nowMs / 1_000)
    if (second !== this.#noContentSecond) {
      this.#noContent = noContentAt(nowMs, this.options.keepAliveMs)
      this.#noContentSecond = second
    }
    return this.#noContent
  }

  closeIdle(): void {
    this.#isClosing = true
    for (const connection of this.#open) connection.closeIfIdle()
  }

  close(): void {
    clearInterval(this.#check)
    for (const connection of this.#open) connection.destroy()
  }

  #closeLate(): void {
    const nowMs = performance.now()
    for (const connection of this.#open) if (connection.isLate(nowMs)) this.endInTurn(connection)
  }

  /** Ends a connection when it is its turn: a few at once, then others are served. */
  endInTurn(connection: WriteConnection): void {
    if (this.#ending.size === 0) setImmediate(this.#endSome)
    this.#ending.add(connection)
  }

  readonly #endSome = (): void => {
    let ended = 0
    for (const connection of this.#ending) {
      this.#ending.delete(connection)
      connection.endIfDue()
      if (++ended === endedAtOnceMax) break
    }
    if (this.#ending.size > 0) setImmediate(this.#endSome)
  }
}

type State =
  /** Between requests. */
  | 'idle'
  /** A request's head is on its way. */
  | 'heading'
  /** A request's body is on its way. */
  | 'receiving'
  /** Somebody looks at a request, or it is on its way to the disk. */
  | 'working'
  /** Its answers are not read. */
  | 'writing'
  /** What it says is no HTTP: it will be told so in its turn. */
  | 'refused'
  /** The last answer is sent; what still comes is thrown away. */
  | 'closing'

class WriteConnection implements Exchange {
  sender: KnownSender | null = null
  #state: State = 'idle'
  #sinceMs = performance.now()
  #isFresh = true
  /** Its other side will send no more. */
  #hasEnded = false
  /** Of the request at hand, or the one before it. */
  #head: RequestHead | null = null
  #headBytes: Buffer = nothing
  /** While it comes in parts. */
  #gathered: GatheredHead | null = null
  #body: GatheredBody | null = null
  #isBodyHere = false
  /** What was read and is not looked at yet. */
  #ahead: Buffer = nothing
  /** Whether nothing but the request at hand lies in its memory. */
  #isAheadOurs = false

  constructor(
    readonly socket: Socket,
    readonly handOver: HandOver,
    readonly all: WriteConnections,
  ) {
    socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
    socket.on('error', this.#onError)
    socket.on('close', this.#onClose)
  }

  get target(): string {
    return this.#head!.target
  }
  get authorization(): string | undefined {
    return this.#head!.authorization
  }
  get contentEncoding(): string | undefined {
    return this.#head!.contentEncoding
  }
  get idempotencyKey(): string | undefined {
    return this.#head!.idempotencyKey
  }

  readonly #onData = (bytes: Buffer): void => {
    switch (this.#state) {
      case 'idle':
        this.#sinceMs = performance.now()
        this.#begin(bytes, true)
        break
      case 'heading':
        this.#gatherHead(bytes)
        break
      case 'receiving':
        this.#receive(bytes)
        break
      case 'working':
      case 'writing':
        this.#ahead = this.#ahead.length === 0 ? bytes : Buffer.concat([this.#ahead, bytes])
        if (this.#ahead.length > aheadBytesMax) this.socket.pause()
        break
      case 'refused':
      case 'closing':
        break
    }
  }

  readonly #onEnd = (): void => {
    this.#hasEnded = true
    if (this.#state === 'closing') this.#endOnce()
    else if (this.#state === 'idle') this.socket.end()
    else if (this.#state === 'heading') this.#refuse(notWhole)
    else if (this.#state === 'receiving') this.#body?.breakOff()
  }

  readonly #onError = (): void => {
    // The socket closes by itself.
  }

  readonly #onClose = (): void => {
    this.all.forget(this)
    this.#state = 'closing'
    this.#body?.breakOff()
  }

  /** @param isOurs nothing else lies in the memory of these bytes */
  #begin(bytes: Buffer, isOurs: boolean): void {
    const head = this.#headOf(bytes)
    const dialect = head === null ? undefined : dialectOf(head.target)
    if (head === null || dialect === undefined) {
      if (!mayBeHttp(bytes[0]!)) this.#refuseLater()
      else if (head === null && !this.#hasEnded && mayBecomeHead(bytes)) {
        this.#state = 'heading'
        if (this.#gathered === null) (this.#gathered = new GatheredHead()).add(bytes)
      } else this.#leave(bytes)
      return
    }
    this.#gathered = null
    this.#isFresh = false
    this.#state = 'working'
    this.#ahead = head.bytes === bytes.length ? nothing : bytes.subarray(head.bytes)
    this.#isAheadOurs = isOurs
    this.#isBodyHere = false
    this.all.options.requests.handle(this, dialect)
  }

  #gatherHead(bytes: Buffer): void {
    const soFar = this.#gathered!.add(bytes)
    if (soFar !== null) this.#begin(soFar, false)
  }

  /** Senders say the same of themselves with every request, most often to the byte. */
  #headOf(bytes: Buffer): RequestHead | null {
    const { length } = this.#headBytes
    if (length > 0 && bytes.length >= length && bytes.compare(this.#headBytes, 0, length, 0, length) === 0)
      return this.#head
    const head = readRequestHead(bytes)
    if (head === null) return null
    this.#head = head
    this.#headBytes = Buffer.from(bytes.subarray(0, head.bytes))
    return head
  }

  /** To Node's HTTP server, as if nothing had been read. */
  #leave(read: Buffer): void {
    const { socket } = this
    this.#gathered = null
    if (this.#hasEnded) {
      // A stream that has ended takes nothing back, and what is left is no whole request as a rule.
      this.#refuse(notWhole)
      return
    }
    this.all.forget(this)
    this.#state = 'closing'
    socket.removeListener('data', this.#onData)
    socket.removeListener('end', this.#onEnd)
    socket.removeListener('error', this.#onError)
    socket.removeListener('close', this.#onClose)
    this.handOver(socket, read)
  }

  /** With an answer that needs no look at a request. */
  #refuse(answer: string): void {
    this.#state = 'closing'
    this.#sinceMs = performance.now()
    this.#ahead = nothing
    this.#gathered = null
    if (!this.socket.writableEnded) this.socket.end(answer)
  }

  /** What is no HTTP; in its turn, as thousands of them may come at once. */
  #refuseLater(): void {
    this.#state = 'refused'
    this.#sinceMs = performance.now()
    this.all.endInTurn(this)
  }

  /** When its turn has come: it may have done meanwhile what it should. */
  endIfDue(): void {
    if (this.#state === 'refused') this.#refuse(notHttp)
    else if (this.isLate(performance.now())) this.giveUp()
  }

  #endOnce(): void {
    if (!this.socket.writableEnded) this.socket.end()
  }

  collectBody(
    bytesMax: number,
    done: (error: ApiError | null, body: Buffer) => void,
    memory: (bytes: number) => Buffer,
    room: BodyRoom,
  ): void {
    const { contentLength } = this.#head!
    if (contentLength > bytesMax) {
      done(tooLarge(bytesMax), nothing)
      return
    }
    const ahead = this.#ahead
    if (ahead.length >= contentLength) {
      this.#skipBody(contentLength)
      done(null, ahead.length === contentLength ? ahead : ahead.subarray(0, contentLength))
      return
    }
    const body = new GatheredBody(bytesMax, contentLength, done, memory, room)
    this.#ahead = nothing
    this.#body = body
    this.#state = 'receiving'
    // What came before it was the head, which is copied.
    if (ahead.length > 0) body.add(ahead, this.#isAheadOurs)
    if (this.#hasEnded || this.socket.destroyed) body.breakOff()
    else if (this.socket.isPaused()) this.socket.resume()
  }

  #skipBody(contentLength: number): void {
    const ahead = this.#ahead
    this.#ahead = ahead.length === contentLength ? nothing : ahead.subarray(contentLength)
    this.#isBodyHere = true
  }

  #receive(bytes: Buffer): void {
    const body = this.#body!
    const missing = this.#head!.contentLength - body.bytes
    if (bytes.length < missing) {
      body.add(bytes, true)
      return
    }
    if (bytes.length > missing) {
      this.#ahead = bytes.subarray(missing)
      if (!body.add(bytes.subarray(0, missing))) return
    } else if (!body.add(bytes, true)) return
    this.#isBodyHere = true
    this.#body = null
    this.#state = 'working'
    body.end()
  }

  answer(refusal: ApiError | null): void {
    const { socket } = this
    this.#body = null
    if (this.#state === 'closing' || socket.destroyed) return
    const { contentLength } = this.#head!
    if (!this.#isBodyHere && this.#state === 'working' && this.#ahead.length >= contentLength)
      this.#skipBody(contentLength)
    const isLast = !this.#isBodyHere || (this.#hasEnded && this.#ahead.length === 0) || this.all.isClosing
    this.#sinceMs = performance.now()
    const isTaken =
      refusal === null && !isLast
        ? socket.write(this.all.noContent())
        : socket.write(answerText(refusal, isLast ? null : this.all.options.keepAliveMs))
    if (isLast) {
      this.#state = 'closing'
      this.#ahead = nothing
      socket.end()
      if (socket.isPaused()) socket.resume()
      return
    }
    if (!isTaken) {
      this.#state = 'writing'
      socket.once('drain', this.#goOn)
    } else if (this.#ahead.length === 0) {
      this.#state = 'idle'
      if (socket.isPaused()) socket.resume()
    }
    // The next request came along with this one. Not at once: a thousand of them would be as many calls deep.
    else process.nextTick(this.#goOn)
  }

  readonly #goOn = (): void => {
    const { socket } = this
    if (this.#state === 'closing' || socket.destroyed) return
    const ahead = this.#ahead
    this.#ahead = nothing
    this.#state = 'idle'
    this.#sinceMs = performance.now()
    if (socket.isPaused()) socket.resume()
    if (ahead.length > 0) this.#begin(ahead, false)
    else if (this.#hasEnded) socket.end()
  }

  /** Whether it has not done for too long what it should. */
  isLate(nowMs: number): boolean {
    const { requestTimeoutMs, keepAliveMs } = this.all.options
    const late = nowMs - this.#sinceMs
    // Closed by then, not found by then.
    const requestMs =
      requestTimeoutMs === 0
        ? Number.POSITIVE_INFINITY
        : Math.max(requestTimeoutMs / 2, requestTimeoutMs - 2 * checkEveryMs)
    switch (this.#state) {
      case 'working':
      case 'refused':
        return false
      case 'heading':
        return late > Math.min(requestMs, headMsMax)
      case 'receiving':
      case 'writing':
        return late > requestMs
      case 'closing':
        return late > lingerMs
      case 'idle':
        return late > (this.#isFresh ? Math.min(requestMs, keepAliveMs) : keepAliveMs)
    }
  }

  giveUp(): void {
    if (this.#state === 'closing' || (this.#state === 'idle' && !this.#isFresh)) {
      this.socket.destroy()
      return
    }
    const body = this.#body
    this.#body = null
    this.#refuse(tookTooLong)
    body?.breakOff()
  }

  closeIfIdle(): void {
    if (this.#state === 'idle') this.socket.destroy()
  }

  destroy(): void {
    this.socket.destroy()
  }
}

const nothing = Buffer.alloc(0)

/**
 * Whether a request may begin with this byte: methods are upper case, and an empty line may come before. What else comes is TLS, or
 * somebody who tries ports.
 */
const mayBeHttp = (first: number): boolean => (first >= 65 && first <= 90) || first === 13 || first === 10
