import type { RunWriter } from './run-writer.ts'
import type { TakenLines } from './taken.ts'

const lf = 10
const lineFeed = Buffer.from([lf])
const nothing = Buffer.alloc(0)
/** Parts up to this size are copied, into blocks of `copyBytes`. */
const copiedBytesMax = 2 << 10
const copyBytes = 64 << 10

/** Puts lines together: neighbours that stand one after the other in the body as one view of it. */
export class LineCollector {
  readonly #parts: Uint8Array[] = []
  /** Small parts are copied together: a view for each would weigh more than what it shows. */
  #copied: Buffer = nothing
  #copiedFrom = 0
  #copiedTo = 0
  #piece: Buffer | null = null
  #from = 0
  #to = 0
  #lines = 0
  #withoutTime = 0
  #earliest = Number.POSITIVE_INFINITY
  #latest = Number.NEGATIVE_INFINITY

  constructor(readonly runs: RunWriter) {
    // Of a batch that could not be taken to its end.
    runs.clear()
  }

  /** The line [start, end) of a piece of the body. */
  addRange(piece: Buffer, start: number, end: number): void {
    if (start !== this.#to || this.#piece !== piece) {
      this.flush()
      this.#piece = piece
      this.#from = start
    }
    if (piece[end] === lf) {
      this.#to = end + 1
      return
    }
    // Behind it stands a carriage return, a blank, or nothing: a line end of our own.
    this.#to = end
    this.flush()
    this.#put(lineFeed)
  }

  /** A line that was put together anew. */
  add(line: Buffer): void {
    this.flush()
    this.#put(line)
    this.#put(lineFeed)
  }

  #put(part: Buffer): void {
    // Most requests are one good part: it is never copied.
    if (part.length > copiedBytesMax || (this.#parts.length === 0 && this.#copiedTo === 0)) {
      this.#closeCopied()
      this.#parts.push(part)
      return
    }
    if (this.#copiedTo + part.length > this.#copied.length) {
      this.#closeCopied()
      // The first one is small: most requests have few small parts.
      this.#copied = Buffer.allocUnsafe(this.#copied.length === 0 ? copiedBytesMax : copyBytes)
      this.#copiedFrom = 0
      this.#copiedTo = 0
    }
    this.#copied.set(part, this.#copiedTo)
    this.#copiedTo += part.length
  }

  #closeCopied(): void {
    if (this.#copiedTo > this.#copiedFrom) this.#parts.push(this.#copied.subarray(this.#copiedFrom, this.#copiedTo))
    this.#copiedFrom = this.#copiedTo
  }

  /** What belongs to the line added last. @param tags their number @param seconds its time, NaN for none */
  note(tags: number, seconds: number): void {
    this.#lines++
    this.runs.note(tags)
    if (seconds < this.#earliest) this.#earliest = seconds
    if (seconds > this.#latest) this.#latest = seconds
    if (Number.isNaN(seconds)) this.#withoutTime++
  }

  flush(): void {
    if (this.#piece !== null && this.#to > this.#from) this.#put(this.#piece.subarray(this.#from, this.#to))
    this.#piece = null
    this.#from = 0
    this.#to = -1
  }

  finish(): TakenLines {
    this.#closeCopied()
    return {
      parts: this.#parts,
      lines: this.#lines,
      contextRuns: this.runs.finish(),
      extent:
        this.#latest === Number.NEGATIVE_INFINITY ? null : { fromSeconds: this.#earliest, toSeconds: this.#latest },
      withoutTime: this.#withoutTime,
    }
  }
}
