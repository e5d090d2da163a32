import { freeMemory } from '../../lib/free-memory.ts'
import { BlockPool, CommitBatch } from './commit-batch.ts'
import type { LogFolder } from './files.ts'
import { type GiveUp, type GivingLog, giveUpOldest } from './give-up.ts'
import { readSegment } from './read-segment.ts'
import { type RecordAt, type RecordType, recordBytes, recordTypes } from './record.ts'
import { readWhole, scanSegment } from './recover.ts'
import { type Recovery, recoverSegments } from './recover-segments.ts'
import { type Segment, segmentHeaderBytes } from './segment.ts'
import { SegmentPool } from './segment-pool.ts'
import { encodeVoid, type VoidRange } from './void-ranges.ts'

export interface LogOptions {
  /** Size of one segment file; also the greatest record. */
  readonly segmentBytes: number
  /** What all segments in use may take on disk, in bytes; a whole number of segments is used. */
  readonly quotaBytes: number
  /** Spare files kept ready. */
  readonly sparesMax: number
  /** Commits under way at once: while one waits for the disk, the next is already written. */
  readonly commitsInFlight: number
  /** Time to wait before a failed preparation of a segment is tried again. */
  readonly retryMs: number
  /** What may be given up at the quota, oldest first. Unsaid: records are refused. */
  readonly giveUp?: GiveUp
}

export const defaultLogOptions: LogOptions = {
  segmentBytes: 64 << 20,
  quotaBytes: 4 * 2 ** 30,
  sparesMax: 4,
  commitsInFlight: 2,
  retryMs: 500,
}

/** Why the log takes no records at the moment. */
export type Obstacle =
  | { readonly kind: 'quota'; readonly message: string }
  | { readonly kind: 'closed'; readonly message: string }
  | { readonly kind: 'disk'; readonly message: string; readonly cause: unknown }

export class LogUnavailable extends Error {
  override readonly name = 'LogUnavailable'
  constructor(readonly obstacle: Obstacle) {
    super(obstacle.message, 'cause' in obstacle ? { cause: obstacle.cause } : undefined)
  }
}

/** Records in order, and where the last one ended: in the segment whose checksums have this seed, which no other has. */
export interface LogRead {
  readonly records: readonly RecordAt[]
  readonly next: { readonly segment: number; readonly offset: number } | undefined
}

type Waiter = (error: LogUnavailable | null, sequence: number) => void

/**
 * An append-only log of records in preallocated segment files. `append` calls back once the record is synced to disk; requests
 * that arrive while a sync runs share the next one (group commit). FORMAT.md says what is on disk.
 */
export class DurableLog {
  readonly #segments: Segment[] = []
  readonly #voided: VoidRange[] = []
  /** Void ranges that no segment has taken down yet. */
  readonly #voidsToWrite: VoidRange[] = []
  /** Batches in order of their sequence numbers, until they are done and all before them too. */
  readonly #batches: CommitBatch<Waiter>[] = []
  #queued = 0
  #inFlight = 0
  #commitScheduled = false
  #next: Segment | null = null
  #preparing: Promise<void> | null = null
  #obstacle: Obstacle | null = null
  #sequence = 0
  #number = 0
  #durableSequence = 0
  /** The greatest that is surely on disk: a start goes on behind it. */
  #writtenSequence = 0
  #syncFailures = 0
  #closed = false
  #retry: NodeJS.Timeout | null = null
  /** Appends that wait until the next segment is ready, or is known not to be. */
  readonly #parked: {
    readonly parts: readonly Uint8Array[]
    readonly done: Waiter
    readonly type: RecordType
  }[] = []
  /** The next segment's file waits to be filled with more zeros. */
  #pacing: { readonly bytes: number; readonly goOn: () => void } | null = null
  readonly #durableListeners = new Set<() => void>()
  readonly #blocks = new BlockPool()

  private constructor(
    readonly pool: SegmentPool,
    readonly options: LogOptions,
    readonly recovery: Recovery,
  ) {}

  /**
   * Opens the log in a folder, recovers what is there and makes it ready to append.
   * Only one process may have a folder open (the data folder's lock sees to it).
   */
  static async open(folder: LogFolder, options: LogOptions = defaultLogOptions): Promise<DurableLog> {
    const names = await folder.list()
    const pool = new SegmentPool(folder, options.segmentBytes, options.sparesMax)
    await pool.adopt(names)
    const { segments, superseded, voided, recovery } = await recoverSegments(folder, names)
    const log = new DurableLog(pool, options, recovery)
    log.#voided.push(...voided)
    for (const segment of superseded) await pool.recycle(segment)
    // The last segment goes on where its last whole record ends; what lies behind is no whole record and is written over.
    const current = segments.at(-1)
    for (const segment of segments) {
      if (segment.records > 0 || segment === current) log.#segments.push(segment)
      else await pool.recycle(segment)
    }
    log.#sequence = Math.max(0, ...segments.map(lastNumberOf))
    log.#durableSequence = log.#writtenSequence = log.#sequence
    log.#number = Math.max(0, ...segments.map(({ number }) => number))
    if (log.#segments.length === 0 || log.#segments.at(-1)!.sizeBytes !== options.segmentBytes) await log.#prepareNext()
    if (log.#segments.length === 0) log.#advance()
    return log
  }

  /** Why appends are refused now, or null. */
  get obstacle(): Obstacle | null {
    return this.#obstacle
  }
  /** Sequence number of the last record that is durable together with all before it. */
  get durableSequence(): number {
    return this.#durableSequence
  }
  get firstSequence(): number {
    return this.#segments.find((segment) => segment.records > 0)?.firstSequence ?? this.#sequence + 1
  }
  get bytesOnDisk(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, this.#next?.sizeBytes ?? 0)
  }
  /** The largest payload that one record may have. */
  get payloadBytesMax(): number {
    return this.options.segmentBytes - segmentHeaderBytes - recordBytes(0)
  }
  get segments(): readonly Readonly<Segment>[] {
    return this.#segments
  }
  get syncFailures(): number {
    return this.#syncFailures
  }
  /** Bytes accepted and not yet on disk. */
  get bytesPending(): number {
    return this.#batches.reduce((sum, batch) => sum + (batch.done ? 0 : batch.bytes), 0)
  }

  /**
   * Appends one record of the given parts, joined. @param done called with null once it is on disk, else with why not; then
   * the record will never be read. Called at once when the log is unavailable.
   * @throws RangeError for a payload that no segment can hold
   */
  append(parts: readonly Uint8Array[], done: Waiter, type: RecordType = recordTypes.data): void {
    if (this.#closed) {
      done(new LogUnavailable({ kind: 'closed', message: 'the log is being closed' }), 0)
      return
    }
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    const bytes = recordBytes(length)
    if (bytes > this.options.segmentBytes - segmentHeaderBytes)
      throw new RangeError(`a record of ${length} bytes is larger than a segment of ${this.options.segmentBytes} bytes`)
    if (this.#parked.length > 0 && type !== recordTypes.void) {
      // In the order they came.
      this.#parked.push({ parts, done, type })
      return
    }
    let segment = this.#segments.at(-1)
    if (
      segment === undefined ||
      segment.endOffset + bytes > segment.sizeBytes ||
      segment.sizeBytes !== this.options.segmentBytes
    ) {
      if (!this.#advance()) {
        if (this.#obstacle === null) {
          this.#parked.push({ parts, done, type })
          this.#paceOn()
        } else done(new LogUnavailable(this.#obstacle), 0)
        void this.#prepareNext()
        return
      }
      segment = this.#segments.at(-1)!
    }
    const sequence = ++this.#sequence
    let batch = this.#queued > 0 ? this.#batches.at(-1)! : undefined
    if (batch === undefined || !batch.hasRoom(segment, bytes)) {
      batch = new CommitBatch(segment, segment.endOffset, sequence, this.#blocks)
      this.#batches.push(batch)
      this.#queued++
    }
    batch.add(type, parts, bytes, done)
    segment.endOffset += bytes
    segment.records++
    if (this.options.giveUp !== undefined) this.#count(segment, type, parts[0]!, this.options.giveUp)
    segment.firstSequence = Math.min(segment.firstSequence, sequence)
    segment.lastSequence = sequence
    if (this.#pacing !== null) this.#paceOn()
    else if (this.#next === null && this.#preparing === null && this.#retry === null) void this.#prepareNext()
    if (!this.#commitScheduled && this.#inFlight < this.options.commitsInFlight) {
      this.#commitScheduled = true
      setImmediate(() => {
        this.#commitScheduled = false
        this.#commit()
      })
    }
  }

  /** So that all of a segment can be given up without reading it. */
  #count(segment: Segment, type: RecordType, head: Uint8Array, giveUp: GiveUp): void {
    // A void range must be kept.
    if (type !== recordTypes.data) segment.contents = null
    if (segment.contents === null) return
    const { bucket, lines } = giveUp.contentOf(head)
    const counted = segment.contents.get(bucket)
    if (counted === undefined) segment.contents.set(bucket, { records: 1, lines })
    else {
      counted.records++
      counted.lines += lines
    }
  }

  /** Calls back whenever more records have become durable. @returns how to stop it */
  onDurable(listener: () => void): () => void {
    this.#durableListeners.add(listener)
    return () => this.#durableListeners.delete(listener)
  }

  /**
   * Durable records from a sequence number on, in order, up to about `bytesMax` bytes of payload (at least one record).
   * @param hint where the record before ended, as the last answer's `next`; saves the walk from the segment's start
   */
  async read(
    sequence: number,
    bytesMax: number,
    hint?: { readonly segment: number; readonly offset: number },
  ): Promise<LogRead> {
    let place = hint
    for (let at = sequence; ; ) {
      const segment = this.#segments.find(({ records, lastSequence }) => records > 0 && lastSequence >= at)
      const durableSequence = this.#durableSequence
      if (segment === undefined || at > durableSequence) return { records: [], next: place }
      const { seed } = segment
      let read: Awaited<ReturnType<typeof readSegment>> | null = null
      try {
        const from = place?.segment === seed ? place.offset : segmentHeaderBytes
        const isVoided = (offset: number): boolean => this.#isVoided(segment, offset)
        read = await readSegment(segment, from, { sequence, durableSequence, bytesMax }, isVoided)
      } catch (error) {
        if (this.#closed || this.#segments.includes(segment)) throw error
      }
      if (read !== null && this.#segments.includes(segment)) {
        const { records, offset } = read
        if (records.length > 0 || segment === this.#segments.at(-1)) return { records, next: { segment: seed, offset } }
        at = segment.lastSequence + 1
      }
      // Else it was dropped or rewritten while it was read: what is left of it is found anew.
      place = undefined
    }
  }

  /**
   * Shows every durable record, in order: what a start has to know of all of them. Goes through all segments in the memory of one.
   * @param visit its view holds until it returns
   */
  async visit(visit: (record: RecordAt) => void): Promise<void> {
    let memory: Buffer | undefined
    for (const segment of [...this.#segments]) {
      if (segment.records === 0) continue
      const bytes = await readWhole(segment.file, memory)
      if (bytes.length > (memory?.length ?? 0)) memory = bytes
      scanSegment(bytes, segment.seed, (record) => {
        const counts = record.sequence <= this.#durableSequence && record.type === recordTypes.data
        if (counts && !this.#isVoided(segment, record.offset)) visit(record)
        return true
      })
    }
    if (memory !== undefined) freeMemory(memory)
  }

  /**
   * Gives back every segment whose records all have sequence numbers up to this one, but for the last one that has any on disk:
   * no number may be given a second time.
   */
  async release(upToSequence: number): Promise<void> {
    while (this.#segments.length > 1) {
      const segment = this.#segments[0]!
      if (segment.lastSequence > upToSequence || lastNumberOf(segment) >= this.#writtenSequence) break
      this.#segments.shift()
      await this.pool.recycle(segment)
    }
    if (this.#obstacle !== null) await this.#prepareNext()
  }

  /** Waits for what is under way, then closes the files. */
  async close(): Promise<void> {
    this.#closed = true
    this.#paceOn()
    if (this.#retry !== null) clearTimeout(this.#retry)
    while (this.#queued > 0 || this.#inFlight > 0) await new Promise((resolve) => setImmediate(resolve))
    await this.#preparing
    for (const segment of this.#segments) await segment.file.close()
    await this.#next?.file.close()
  }

  #commit(): void {
    while (this.#inFlight < this.options.commitsInFlight && this.#queued > 0) {
      const batch = this.#batches[this.#batches.length - this.#queued]!
      this.#queued--
      this.#inFlight++
      batch.write().then(
        () => this.#finish(batch, null),
        (error: unknown) => this.#finish(batch, error ?? new Error('write failed')),
      )
    }
  }

  #finish(batch: CommitBatch<Waiter>, error: unknown): void {
    this.#inFlight--
    batch.done = true
    if (error !== null) this.#fail(batch, error)
    else this.#writtenSequence = Math.max(this.#writtenSequence, batch.lastSequence)
    let advanced = false
    while (this.#batches.length > this.#queued && this.#batches[0]!.done) {
      this.#durableSequence = Math.max(this.#durableSequence, this.#batches[0]!.lastSequence)
      this.#batches.shift()
      advanced = true
    }
    const failure =
      error === null
        ? null
        : new LogUnavailable({
            kind: 'disk',
            message: `the log could not be written: ${messageOf(error)}`,
            cause: error,
          })
    let sequence = batch.firstSequence
    for (const waiter of batch.waiters) waiter(failure, sequence++)
    if (advanced) for (const listener of this.#durableListeners) listener()
    this.#commit()
  }

  /**
   * After a failed write or sync nobody knows what is on disk: the segment takes no more records, and what this batch may have
   * left there is declared void in the next one, so that a refused line is never seen later.
   */
  #fail(batch: CommitBatch<Waiter>, error: unknown): void {
    this.#syncFailures++
    const range = {
      segment: batch.segment.number,
      from: batch.offset,
      to: batch.offset + batch.bytes,
      firstSequence: batch.firstSequence,
      lastSequence: batch.lastSequence,
    }
    this.#voided.push(range)
    this.#voidsToWrite.push(range)
    batch.segment.contents = null
    batch.segment.endOffset = Math.max(batch.segment.endOffset, batch.segment.sizeBytes)
    this.#paceOn()
    this.#obstacle = { kind: 'disk', message: `the log could not be written: ${messageOf(error)}`, cause: error }
    void this.#prepareNext().then(() => {
      if (!this.#closed && this.#next !== null) this.#advance()
    })
  }

  #writeVoid(range: VoidRange): void {
    const done: Waiter = (error) => {
      if (error !== null) this.#voidsToWrite.push(range)
    }
    this.append([encodeVoid(range)], done, recordTypes.void)
  }

  #isVoided({ number, rewritten }: Segment, offset: number): boolean {
    if (this.#voided.length === 0 || rewritten !== null) return false
    return this.#voided.some(({ segment, from, to }) => segment === number && offset >= from && offset < to)
  }

  /** Moves on to the prepared segment. @returns false when none is ready */
  #advance(): boolean {
    if (this.#next === null) return false
    this.#segments.push(this.#next)
    this.#next = null
    for (const range of this.#voidsToWrite.splice(0)) this.#writeVoid(range)
    void this.#prepareNext()
    return true
  }

  /** Makes the next segment ready; on failure names the obstacle and tries again later. Never rejects. */
  #prepareNext(): Promise<void> {
    if (this.#preparing !== null) return this.#preparing
    this.#preparing = this.#makeNext().finally(() => {
      this.#preparing = null
      this.#unpark()
    })
    return this.#preparing
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
    if (this.#closed) throw new Error('the log is being closed')
  }

  #paceOn(): void {
    if (this.#pacing === null || !this.#mayFill(this.#pacing.bytes)) return
    const { goOn } = this.#pacing
    this.#pacing = null
    goOn()
  }

  #mayFill(bytes: number): boolean {
    const current = this.#segments.at(-1)
    // A segment of another size takes nothing; who waits, or is refused until it is ready, brings nothing that would fill it either.
    if (this.#closed || current?.sizeBytes !== this.options.segmentBytes) return true
    return this.#parked.length > 0 || this.#obstacle !== null || bytes <= current.endOffset * fillAhead
  }

  #unpark(): void {
    for (const { parts, done, type } of this.#parked.splice(0)) this.append(parts, done, type)
  }

  get #bytesUsed(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)
  }

  async #makeNext(): Promise<void> {
    if (this.#next !== null || this.#closed) return
    try {
      if (!(await this.#makeRoom())) return
      // A number is never tried twice: a failed attempt may have left a file of that number behind.
      this.#next = await this.pool.next(++this.#number, (bytes) => this.#pace(bytes))
      this.#obstacle = null
    } catch (error) {
      this.#obstacle = { kind: 'disk', message: `no log segment can be made: ${messageOf(error)}`, cause: error }
      this.#retryLater()
    }
  }

  /** Gives up what may go until one more segment fits. @returns false when the log stands at its quota */
  async #makeRoom(): Promise<boolean> {
    const { segmentBytes, giveUp } = this.options
    const quotaBytes = Math.max(this.options.quotaBytes, 2 * segmentBytes + remainderBytes)
    const giving: GivingLog = {
      segments: this.#segments,
      pool: this.pool,
      segmentBytes,
      durableSequence: () => this.#durableSequence,
      writtenSequence: () => this.#writtenSequence,
      isVoided: (segment, offset) => this.#isVoided(segment, offset),
    }
    for (let given = 0; this.#segments.length > 0 && this.#bytesUsed + segmentBytes > quotaBytes; given++) {
      if (this.#closed) return false
      const isPatient = given < patience || this.#parked.length === 0
      if (isPatient && giveUp !== undefined && (await this.#giveUpWhenWritten(giving, giveUp))) continue
      const nothing = giveUp === undefined || !isPatient ? '' : ', and nothing in it may be given up'
      const message = `the log holds ${this.#bytesUsed} bytes that the database has not taken yet, its quota is ${quotaBytes}${nothing}`
      this.#obstacle = { kind: 'quota', message }
      this.#retryLater()
      return false
    }
    return true
  }

  /** What was written last is on its way to the disk still: in a log of two segments that is all there is to give up. */
  async #giveUpWhenWritten(giving: GivingLog, giveUp: GiveUp): Promise<boolean> {
    for (let tried = 0; ; tried++) {
      if (await giveUpOldest(giving, giveUp)) return true
      const isOnItsWay = this.#segments.slice(0, -1).some((one) => one.lastSequence > this.#durableSequence)
      if (!isOnItsWay || this.#closed || tried === triesWhileWritten) return false
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  #retryLater(): void {
    if (this.#retry !== null || this.#closed) return
    this.#retry = setTimeout(() => {
      this.#retry = null
      void this.#prepareNext()
    }, this.options.retryMs)
    this.#retry.unref()
  }
}

/** So many times what the segment in use holds, the next one's file has in zeros: it is ready when three quarters are full. */
const fillAhead = 4 / 3
/** So many segments may be rewritten while requests wait for room; then they are refused, to be sent again. */
const patience = 4
/** What a segment that went whole may leave behind: a file that says which numbers it had. */
const remainderBytes = 4 << 10
/** Of 5 ms each. */
const triesWhileWritten = 200

/** The greatest sequence number that was given in a segment, also to a record that was given up since. */
const lastNumberOf = ({ lastSequence, rewritten }: Segment): number =>
  Math.max(lastSequence, rewritten?.lastSequence ?? 0)

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
