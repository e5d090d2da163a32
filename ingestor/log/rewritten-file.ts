import type { LogFile } from './files.ts'
import { encodeRecord, type RecordType, recordBytes } from './record.ts'
import { segmentHeader, segmentHeaderBytes } from './segment.ts'

const pieceBytes = 1 << 20

/** A segment's file while it is written from front to back, in pieces; nothing of it counts before `end`. */
export class RewrittenFile {
  records = 0
  lastSequence = Number.NEGATIVE_INFINITY
  #written = 0
  #piece: Buffer = Buffer.allocUnsafe(pieceBytes)
  #filled = segmentHeaderBytes

  constructor(
    readonly file: LogFile,
    readonly seed: number,
  ) {
    segmentHeader.copy(this.#piece)
  }

  get endOffset(): number {
    return this.#written + this.#filled
  }

  async add(type: RecordType, sequence: number, payload: Buffer): Promise<void> {
    const bytes = recordBytes(payload.length)
    if (this.#filled + bytes > this.#piece.length) {
      await this.#write()
      if (bytes > this.#piece.length) this.#piece = Buffer.allocUnsafe(bytes)
    }
    encodeRecord(this.#piece, this.#filled, type, sequence, [payload], this.seed)
    this.#filled += bytes
    this.records++
    this.lastSequence = Math.max(this.lastSequence, sequence)
  }

  async end(): Promise<void> {
    await this.#write()
    await this.file.sync()
  }

  async #write(): Promise<void> {
    await this.file.write(this.#piece.subarray(0, this.#filled), this.#written)
    this.#written += this.#filled
    this.#filled = 0
  }
}
