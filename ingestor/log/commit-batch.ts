import { encodeRecord, type RecordType, recordPieces } from './record.ts'
import type { Segment } from './segment.ts'

const batchBytesMax = 4 << 20
/** Records up to this size are copied together, larger ones of few parts are written as they lie. */
const copiedBytesMax = 16 << 10
const partsMax = 64
const blockBytes = 128 << 10
const freeBlocksMax = 8

/** Memory that small records are copied into, used again and again. Nobody else may hold a view of a block that is given back. */
export class BlockPool {
  readonly #free: Buffer[] = []

  /** A block of `blockBytes`, holding anything. */
  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(blockBytes)
  }

  give(blocks: readonly Buffer[]): void {
    for (const block of blocks) if (this.#free.length < freeBlocksMax) this.#free.push(block)
  }
}

/**
 * Records that one write takes to disk, in order, at one place of one segment (group commit).
 * @typeParam Waiter whoever waits for a record
 */
export class CommitBatch<Waiter> {
  readonly waiters: Waiter[] = []
  bytes = 0
  lastSequence: number
  done = false
  readonly #parts: Uint8Array[] = []
  readonly #blocks: Buffer[] = []
  /** What of the last block is taken and not yet among the parts. */
  #blockFrom = 0
  #blockTo = 0

  constructor(
    readonly segment: Segment,
    readonly offset: number,
    readonly firstSequence: number,
    readonly pool: BlockPool,
  ) {
    this.lastSequence = firstSequence - 1
  }

  /** Whether a record of so many bytes, header and padding included, may still come into it. */
  hasRoom(segment: Segment, bytes: number): boolean {
    return this.segment === segment && this.bytes + bytes <= batchBytesMax
  }

  /** Adds the next record: of the given parts, joined, and so many bytes with header and padding. */
  add(type: RecordType, parts: readonly Uint8Array[], bytes: number, waiter: Waiter): void {
    const sequence = ++this.lastSequence
    const { seed } = this.segment
    if (bytes <= copiedBytesMax) {
      encodeRecord(this.#blockFor(bytes), this.#blockTo, type, sequence, parts, seed)
      this.#blockTo += bytes
    } else {
      this.#closeBlock()
      if (parts.length <= partsMax)
        for (const piece of recordPieces(type, sequence, parts, seed)) this.#parts.push(piece)
      else {
        const into = Buffer.allocUnsafe(bytes)
        encodeRecord(into, 0, type, sequence, parts, seed)
        this.#parts.push(into)
      }
    }
    this.bytes += bytes
    this.waiters.push(waiter)
  }

  /** Writes it and syncs; resolves once it is on disk, and rejects with the file system's error. Nothing is added any more. */
  write(): Promise<void> {
    this.#closeBlock()
    const written = this.segment.file.writeSynced(this.#parts, this.offset)
    return written.finally(() => this.pool.give(this.#blocks.splice(0)))
  }

  /** The last block, with room for so many more bytes. */
  #blockFor(bytes: number): Buffer {
    const last = this.#blocks.at(-1)
    if (last !== undefined && this.#blockTo + bytes <= last.length) return last
    this.#closeBlock()
    const block = this.pool.take()
    this.#blocks.push(block)
    this.#blockFrom = this.#blockTo = 0
    return block
  }

  /** Puts what small records have taken of the last block among the parts. */
  #closeBlock(): void {
    if (this.#blockTo > this.#blockFrom) this.#parts.push(this.#blocks.at(-1)!.subarray(this.#blockFrom, this.#blockTo))
    this.#blockFrom = this.#blockTo
  }
}
