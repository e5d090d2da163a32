import { freeMemory } from '../../lib/free-memory.ts'
import { BlockPool, CommitBatch } from './commit-batch.ts'
import type { LogFolder } from './files.ts'
import type { GiveUp } from './give-up.ts'
import { defaultLogOptions, type LogOptions } from './log-options.ts'
import { NextSegment } from './next-segment.ts'
import { readSegment } from './read-segment.ts'
import { type RecordAt, type RecordType, recordBytes, recordTypes } from './record.ts'
import { readWhole, scanSegment } from './recover.ts'
import { type Recovery, recoverSegments } from './recover-segments.ts'
import { type Segment, segmentHeaderBytes } from './segment.ts'
import { SegmentPool } from './segment-pool.ts'
import { LogUnavailable, messageOf, type Obstacle } from './unavailable.ts'
import { encodeVoid, type VoidRange } from './void-ranges.ts'

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
  #sequence = 0
  #durableSequence = 0
  /** The greatest that is surely on disk: a start goes on behind it. */
  #writtenSequence = 0
  #syncFailures = 0
  #closed = false
  readonly #next: NextSegment
  /** Appends that wait until the next segment is ready, or is known not to be. */
  readonly #parked: {
    readonly parts: readonly Uint8Array[]
    readonly done: Waiter
    readonly type: RecordType
  }[] = []
  readonly #durableListeners = new Set<() => void>()
  readonly #blocks = new BlockPool()

  private constructor(
    readonly pool: SegmentPool,
    readonly options: LogOptions,
    readonly recovery: Recovery,
    lastNumber: number,
  ) {
    this.#next = new NextSegment(
      {
        segments: this.#segments,
        pool,
        segmentBytes: options.segmentBytes,
        durableSequence: () => this.#durableSequence,
        writtenSequence: () => this.#writtenSequence,
        isVoided: (segment, offset) => this.#isVoided(segment, offset),
        isWaiting: () => this.#parked.length > 0,
        tried: () => this.#unpark(),
      },
      options,
      lastNumber,
    )
  }

  /**
   * Opens the log in a folder, recovers what is there and makes it ready to append.
   * Only one process may have a folder open (the data folder's lock sees to it).
   */
  static async open(folder: LogFolder, options: LogOptions = defaultLogOptions): Promise<DurableLog> {
    const names = await folder.list()
    const pool = new SegmentPool(folder, options.segmentBytes, options.sparesMax)
    await pool.adopt(names)
    const { segments, superseded, voided, recovery } = await recoverSegments(folder, names)
    const log = new DurableLog(pool, options, recovery, Math.max(0, ...segments.map(({ number }) => number)))
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
    if (log.#segments.length === 0 || log.#segments.at(-1)!.sizeBytes !== options.segmentBytes) await log.#next.make()
    if (log.#segments.length === 0) log.#advance()
    return log
  }

  /** Why appends are refused now, or null. */
  get obstacle(): Obstacle | null {
    return this.#next.obstacle
  }
  /** Sequence number of the last record that is durable together with all before it. */
  get durableSequence(): number {
    return this.#durableSequence
  }
  get firstSequence(): number {
    return this.#segments.find((segment) => segment.records > 0)?.firstSequence ?? this.#sequence + 1
  }
  get bytesOnDisk(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, this.#next.ready?.sizeBytes ?? 0)
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
        const { obstacle } = this.#next
        if (obstacle === null) {
          this.#parked.push({ parts, done, type })
          this.#next.goOn()
        } else done(new LogUnavailable(obstacle), 0)
        void this.#next.make()
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
    this.#next.keepUp()
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
    if (this.#next.obstacle !== null) await this.#next.make()
  }

  /** Waits for what is under way, then closes the files. */
  async close(): Promise<void> {
    this.#closed = true
    this.#next.stop()
    while (this.#queued > 0 || this.#inFlight > 0) await new Promise((resolve) => setImmediate(resolve))
    await this.#next.close()
    for (const segment of this.#segments) await segment.file.close()
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
    this.#next.goOn()
    this.#next.obstacle = { kind: 'disk', message: `the log could not be written: ${messageOf(error)}`, cause: error }
    void this.#next.make().then(() => {
      if (!this.#closed) this.#advance()
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
    const next = this.#next.take()
    if (next === null) return false
    this.#segments.push(next)
    for (const range of this.#voidsToWrite.splice(0)) this.#writeVoid(range)
    void this.#next.make()
    return true
  }

  #unpark(): void {
    for (const { parts, done, type } of this.#parked.splice(0)) this.append(parts, done, type)
  }
}

/** The greatest sequence number that was given in a segment, also to a record that was given up since. */
const lastNumberOf = ({ lastSequence, rewritten }: Segment): number =>
  Math.max(lastSequence, rewritten?.lastSequence ?? 0)
