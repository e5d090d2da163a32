import { type GiveUp, type GivingLog, giveUpOldest } from './give-up.ts'
import type { LogOptions } from './log-options.ts'
import type { Segment } from './segment.ts'
import { messageOf, type Obstacle } from './unavailable.ts'

/** The log that wants segments. */
export interface SegmentUser extends GivingLog {
  /** Whether requests wait for the next segment. */
  isWaiting(): boolean
  /** It is ready, or is known not to be. */
  tried(): void
}

/** Makes the segment ready that comes after the one in use; where that cannot be, says why, and tries again. */
export class NextSegment {
  #ready: Segment | null = null
  #making: Promise<void> | null = null
  #retry: NodeJS.Timeout | null = null
  /** Its file waits to be filled with more zeros. */
  #pacing: { readonly bytes: number; readonly goOn: () => void } | null = null
  #isClosed = false
  /** Why the log takes no records at the moment, or null. */
  obstacle: Obstacle | null = null

  #number: number

  /** @param number the greatest that a segment has */
  constructor(
    readonly user: SegmentUser,
    readonly options: LogOptions,
    number: number,
  ) {
    this.#number = number
  }

  get ready(): Segment | null {
    return this.#ready
  }

  /** @returns the segment, which is the caller's from now on; null when none is ready */
  take(): Segment | null {
    const segment = this.#ready
    this.#ready = null
    return segment
  }

  /** As the one in use fills up: begins with the next one, or goes on with it. */
  keepUp(): void {
    if (this.#pacing !== null) this.goOn()
    else if (this.#ready === null && this.#making === null && this.#retry === null) void this.make()
  }

  /** Makes one ready where there is none; on failure names the obstacle and tries again later. Never rejects. */
  make(): Promise<void> {
    if (this.#making !== null) return this.#making
    this.#making = this.#make().finally(() => {
      this.#making = null
      this.user.tried()
    })
    return this.#making
  }

  /** What the file's filling waits for may have come about. */
  goOn(): void {
    if (this.#pacing === null || !this.#mayFill(this.#pacing.bytes)) return
    const { goOn } = this.#pacing
    this.#pacing = null
    goOn()
  }

  /** Makes no more. */
  stop(): void {
    this.#isClosed = true
    this.goOn()
    if (this.#retry !== null) clearTimeout(this.#retry)
  }

  /** Resolves once nothing is under way, and the file is closed. */
  async close(): Promise<void> {
    await this.#making
    await this.#ready?.file.close()
  }

  async #make(): Promise<void> {
    if (this.#ready !== null || this.#isClosed) return
    try {
      if (!(await this.#makeRoom())) return
      // A number is never tried twice: a failed attempt may have left a file of that number behind.
      this.#ready = await this.user.pool.next(++this.#number, (bytes) => this.#pace(bytes))
      this.obstacle = null
    } catch (error) {
      this.obstacle = { kind: 'disk', message: `no log segment can be made: ${messageOf(error)}`, cause: error }
      this.#retryLater()
    }
  }

  /**
   * A new file is filled with zeros as fast as the one in use fills up, some way ahead: all at once, requests would wait for the
   * processor and the disk meanwhile.
   */
  async #pace(bytes: number): Promise<void> {
    if (!this.#mayFill(bytes))
      await new Promise<void>((resolve) => {
        this.#pacing = { bytes, goOn: resolve }
      })
    if (this.#isClosed) throw new Error('the log is being closed')
  }

  #mayFill(bytes: number): boolean {
    const current = this.user.segments.at(-1)
    // A segment of another size takes nothing; who waits, or is refused until it is ready, brings nothing that would fill it either.
    if (this.#isClosed || current?.sizeBytes !== this.options.segmentBytes) return true
    return this.user.isWaiting() || this.obstacle !== null || bytes <= current.endOffset * fillAhead
  }

  get #bytesUsed(): number {
    return this.user.segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)
  }

  /** Gives up what may go until one more segment fits. @returns false when the log stands at its quota */
  async #makeRoom(): Promise<boolean> {
    const { segmentBytes, giveUp } = this.options
    const quotaBytes = Math.max(this.options.quotaBytes, 2 * segmentBytes + remainderBytesOf(segmentBytes))
    for (let given = 0; this.user.segments.length > 0 && this.#bytesUsed + segmentBytes > quotaBytes; given++) {
      if (this.#isClosed) return false
      const isPatient = given < patience || !this.user.isWaiting()
      if (isPatient && giveUp !== undefined && (await this.#giveUpWhenWritten(giveUp))) continue
      const nothing = giveUp === undefined || !isPatient ? '' : ', and nothing in it may be given up'
      const message = `the log holds ${this.#bytesUsed} bytes that the database has not taken yet, its quota is ${quotaBytes}${nothing}`
      this.obstacle = { kind: 'quota', message }
      this.#retryLater()
      return false
    }
    return true
  }

  /** What was written last is on its way to the disk still: in a log of two segments that is all there is to give up. */
  async #giveUpWhenWritten(giveUp: GiveUp): Promise<boolean> {
    for (let tried = 0; ; tried++) {
      if (await giveUpOldest(this.user, giveUp)) return true
      const isOnItsWay = this.user.segments.slice(0, -1).some((one) => one.lastSequence > this.user.durableSequence())
      if (!isOnItsWay || this.#isClosed || tried === triesWhileWritten) return false
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  #retryLater(): void {
    if (this.#retry !== null || this.#isClosed) return
    this.#retry = setTimeout(() => {
      this.#retry = null
      void this.make()
    }, this.options.retryMs)
    this.#retry.unref()
  }
}

/** So many times what the segment in use holds, the next one's file has in zeros: it is ready when three quarters are full. */
const fillAhead = 4 / 3
/** So many segments may be rewritten while requests wait for room; then they are refused, to be sent again. */
const patience = 4
/** What a segment that went whole may leave behind: a file that says which numbers it had, and how many lines of which buckets went. */
const remainderBytesOf = (segmentBytes: number): number => Math.max(4 << 10, Math.min(64 << 10, segmentBytes >> 6))
/** Of 5 ms each. */
const triesWhileWritten = 200
