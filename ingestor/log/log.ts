import { BlockPool, CommitBatch } from './commit-batch.ts'
import type { LogFolder } from './files.ts'
import { type RecordAt, type RecordType, recordBytes, recordTypes } from './record.ts'
import { readWhole, scanSegment } from './recover.ts'
import { parseSegmentName, type Segment, segmentHeaderBytes } from './segment.ts'
import { SegmentPool } from './segment-pool.ts'
import { decodeVoid, encodeVoid, recordsIn, type VoidRange } from './void-ranges.ts'

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
  /** At the quota: the oldest segment goes, whether or not it was delivered. Unsaid: records are refused. */
  readonly dropOldest?: (segment: Readonly<Segment>) => Promise<void>
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

export interface Recovery {
  readonly records: number
  readonly bytes: number
  /** Records known to be missing between others that are there, by their sequence numbers. */
  readonly missingRecords: number
  readonly damagedStretches: number
  readonly tornBytes: number
}

/** Records in order, and where the last one ended. */
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
  #syncFailures = 0
  #closed = false
  #retry: NodeJS.Timeout | null = null
  /** Appends that wait until the next segment is ready, or is known not to be. */
  readonly #parked: {
    readonly parts: readonly Uint8Array[]
    readonly done: Waiter
    readonly type: RecordType
    readonly weight: number
  }[] = []
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
    const found: Segment[] = []
    const voided: VoidRange[] = []
    let damagedStretches = 0
    let tornBytes = 0
    // Before the first whole record no gap in the numbers tells of a lost one.
    let damagedAtStart: number | null = null
    let memory: Buffer | undefined
    for (const name of [...names].sort()) {
      const parsed = parseSegmentName(name)
      if (parsed === null) continue
      const file = await folder.open(name, false)
      const bytes = await readWhole(file, memory)
      if (bytes.length > (memory?.length ?? 0)) memory = bytes
      const scan = scanSegment(bytes, parsed.seed, (record) => {
        if (record.type === recordTypes.void) voided.push(decodeVoid(record))
        return true
      })
      if (scan.damaged[0]?.from === segmentHeaderBytes && !found.some(({ records }) => records > 0))
        damagedAtStart = parsed.number
      damagedStretches += scan.damaged.length
      tornBytes += scan.tornBytes
      found.push({ ...parsed, ...scan, name, file, sizeBytes: bytes.length, weight: Number.NaN })
    }
    const used = found.filter((segment) => segment.records > 0)
    // Sequence numbers have no gaps but for refused records, which their void ranges name.
    const first = used[0]?.firstSequence ?? 1
    const last = used.at(-1)?.lastSequence ?? 0
    const present = used.reduce((sum, segment) => sum + segment.records, 0)
    let refused = 0
    for (const range of voided)
      if (range.firstSequence >= first)
        refused += range.lastSequence - range.firstSequence + 1 - (await recordsIn(range, found))
    const wasRefused = voided.some(({ segment, from }) => segment === damagedAtStart && from === segmentHeaderBytes)
    const lostAtStart = damagedAtStart === null || wasRefused ? 0 : 1
    const log = new DurableLog(pool, options, {
      records: used.reduce((sum, segment) => sum + segment.records, 0),
      bytes: used.reduce((sum, segment) => sum + segment.endOffset - segmentHeaderBytes, 0),
      missingRecords: lostAtStart + Math.max(0, last - first + 1 - present - refused),
      damagedStretches,
      tornBytes,
    })
    log.#voided.push(...voided)
    // The last segment goes on where its last whole record ends; what lies behind is no whole record and is written over.
    const current = found.at(-1)
    for (const segment of found) {
      if (segment.records > 0 || segment === current) log.#segments.push(segment)
      else await pool.recycle(segment)
    }
    log.#sequence = Math.max(0, last)
    log.#durableSequence = log.#sequence
    log.#number = Math.max(0, ...found.map((segment) => segment.number))
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
   * @param weight what the record counts for when it is dropped at the quota: its lines
   * @throws RangeError for a payload that no segment can hold
   */
  append(parts: readonly Uint8Array[], done: Waiter, type: RecordType = recordTypes.data, weight = 1): void {
    if (this.#closed) {
      done(new LogUnavailable({ kind: 'closed', message: 'the log is being closed' }), 0)
      return
    }
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    const bytes = recordBytes(length)
    if (bytes > this.options.segmentBytes - segmentHeaderBytes)
      throw new RangeError(`a record of ${length} bytes is larger than a segment of ${this.options.segmentBytes} bytes`)
    let segment = this.#segments.at(-1)
    if (
      segment === undefined ||
      segment.endOffset + bytes > segment.sizeBytes ||
      segment.sizeBytes !== this.options.segmentBytes
    ) {
      if (!this.#advance()) {
        if (this.#obstacle === null) this.#parked.push({ parts, done, type, weight })
        else done(new LogUnavailable(this.#obstacle), 0)
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
    segment.weight += weight
    segment.firstSequence = Math.min(segment.firstSequence, sequence)
    segment.lastSequence = sequence
    if (!this.#commitScheduled && this.#inFlight < this.options.commitsInFlight) {
      this.#commitScheduled = true
      setImmediate(() => {
        this.#commitScheduled = false
        this.#commit()
      })
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
    try {
      const { segment, read } = await this.#readFrom(sequence, bytesMax, hint)
      if (segment === null || this.#segments.includes(segment)) return read
    } catch (error) {
      if (this.#closed || !this.#dropped(sequence)) throw error
    }
    // The segment was dropped while it was read: what it held is gone, the next one goes on.
    return this.read(sequence, bytesMax)
  }

  /**
   * Shows every durable record, in order: what a start has to know of all of them. Goes through all segments in the memory of one.
   * @param visit its view holds until it returns
   */
  async visit(visit: (record: RecordAt) => void): Promise<void> {
    let memory: Buffer | undefined
    for (const { file, seed, number, records } of [...this.#segments]) {
      if (records === 0) continue
      const bytes = await readWhole(file, memory)
      if (bytes.length > (memory?.length ?? 0)) memory = bytes
      scanSegment(bytes, seed, (record) => {
        const counts = record.sequence <= this.#durableSequence && record.type === recordTypes.data
        if (counts && !this.#isVoided(number, record.offset)) visit(record)
        return true
      })
    }
  }

  #dropped(sequence: number): boolean {
    return sequence < this.firstSequence
  }

  async #readFrom(
    sequence: number,
    bytesMax: number,
    hint: LogRead['next'],
  ): Promise<{ readonly segment: Segment | null; readonly read: LogRead }> {
    const segment = this.#segments.find((candidate) => candidate.records > 0 && candidate.lastSequence >= sequence)
    if (segment === undefined || sequence > this.#durableSequence)
      return { segment: null, read: { records: [], next: hint } }
    const from = hint?.segment === segment.number ? hint.offset : segmentHeaderBytes
    const until = segment.endOffset
    const records: RecordAt[] = []
    let offset = from
    let windowBytes = Math.max(bytesMax + recordBytes(0), 64 << 10)
    while (offset < until && records.length === 0) {
      const window = Buffer.allocUnsafe(Math.min(windowBytes, until - offset))
      let filled = 0
      while (filled < window.length) {
        const count = await segment.file.read(window.subarray(filled), offset + filled)
        if (count === 0) break
        filled += count
      }
      // Only whole records of this window count; what is damaged was counted at recovery and is passed over here.
      const bytes = window.subarray(0, filled)
      let total = 0
      let end = 0
      const visit = (record: RecordAt): boolean => {
        if (record.sequence > this.#durableSequence || total >= bytesMax) return false
        end = record.end
        if (record.sequence < sequence || record.type !== recordTypes.data) return true
        if (this.#isVoided(segment.number, offset + record.offset)) return true
        records.push(record)
        total += record.payload.length
        return true
      }
      scanSegment(bytes, segment.seed, visit, 0)
      if (end === 0 && offset + filled < until) windowBytes *= 4
      else if (end === 0) break
      else offset += end
    }
    const reachedEnd = offset >= until || records.length === 0
    if (reachedEnd && records.length === 0 && segment !== this.#segments.at(-1)) {
      return this.#readFrom(segment.lastSequence + 1, bytesMax, undefined)
    }
    return { segment, read: { records, next: { segment: segment.number, offset } } }
  }

  /** Gives back every segment whose records all have sequence numbers up to this one. The last segment stays. */
  async release(upToSequence: number): Promise<void> {
    while (this.#segments.length > 1 && this.#segments[0]!.lastSequence <= upToSequence) {
      const [segment] = this.#segments.splice(0, 1)
      await this.pool.recycle(segment!)
    }
    if (this.#obstacle !== null) await this.#prepareNext()
  }

  /** Waits for what is under way, then closes the files. */
  async close(): Promise<void> {
    this.#closed = true
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
    batch.segment.endOffset = Math.max(batch.segment.endOffset, batch.segment.sizeBytes)
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

  #isVoided(segment: number, offset: number): boolean {
    return this.#voided.some((range) => range.segment === segment && offset >= range.from && offset < range.to)
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
      for (const { parts, done, type, weight } of this.#parked.splice(0)) this.append(parts, done, type, weight)
    })
    return this.#preparing
  }

  async #makeNext(): Promise<void> {
    if (this.#next !== null || this.#closed) return
    const used = this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)
    if (
      this.#segments.length > 0 &&
      used + this.options.segmentBytes > Math.max(this.options.quotaBytes, 2 * this.options.segmentBytes)
    ) {
      if (this.options.dropOldest !== undefined && this.#segments.length > 1) {
        await this.#dropOldest(this.options.dropOldest)
        return this.#makeNext()
      }
      this.#obstacle = {
        kind: 'quota',
        message: `the log holds ${used} bytes that the database has not taken yet, its quota is ${this.options.quotaBytes}`,
      }
      this.#retryLater()
      return
    }
    try {
      // A number is never tried twice: a failed attempt may have left a file of that number behind.
      this.#next = await this.pool.next(++this.#number)
      this.#obstacle = null
    } catch (error) {
      this.#obstacle = { kind: 'disk', message: `no log segment can be made: ${messageOf(error)}`, cause: error }
      this.#retryLater()
    }
  }

  async #dropOldest(tell: (segment: Readonly<Segment>) => Promise<void>): Promise<void> {
    const oldest = this.#segments[0]!
    await tell(oldest)
    // Unless it was delivered meanwhile and is gone.
    if (this.#segments[0] !== oldest || this.#segments.length === 1) return
    this.#segments.shift()
    await this.pool.recycle(oldest)
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

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
