import { type EncodedRuns, noRuns, runHeaderBytes } from '../accepted-write.ts'
import type { RunTags } from './run-tags.ts'

const keptBytesMax = 4 << 20

/** Writes which lines of a batch have which tags, as the log keeps it; used again for one batch after the other. */
export class RunWriter {
  #memory: Buffer = Buffer.allocUnsafeSlow(4 << 10)
  #view: DataView = new DataView(this.#memory.buffer)
  #used = 0
  #count = 0
  /** Of the run that is open: its tags' number, its lines so far, and where it begins. */
  #number = -1
  #lines = 0
  #from = 0

  constructor(readonly tags: RunTags) {}

  /** The next line's tags. */
  note(number: number): void {
    if (number === this.#number) this.#lines++
    else this.#begin(number)
  }

  #begin(number: number): void {
    const { tags } = this
    if (this.#count > 0) this.#view.setUint32(this.#from, this.#lines, true)
    const length = tags.lengthOf(number)
    const from = this.#used
    if (from + length + runHeaderBytes + 4 > this.#memory.length) this.#grow(length)
    this.#view.setUint16(from + 4, length, true)
    tags.copy(number, this.#view, from + runHeaderBytes)
    this.#used = from + runHeaderBytes + length
    this.#from = from
    this.#number = number
    this.#lines = 1
    this.#count++
  }

  #grow(length: number): void {
    const larger = Buffer.allocUnsafeSlow(2 * (this.#used + length + runHeaderBytes + 4))
    this.#memory.copy(larger, 0, 0, this.#used)
    this.#hold(larger)
  }

  #hold(memory: Buffer): void {
    this.#memory = memory
    this.#view = new DataView(memory.buffer)
  }

  /** Ends the run that is open: numbers given from here on may mean other tags. */
  cut(): void {
    this.#number = -1
  }

  /** What was noted since it was called last. */
  finish(): EncodedRuns {
    const count = this.#count
    // No line got any tag.
    const isBare = this.#used === count * runHeaderBytes
    let runs = noRuns
    if (count > 0 && !isBare) {
      this.#view.setUint32(this.#from, this.#lines, true)
      runs = { count, bytes: Buffer.from(this.#memory.subarray(0, this.#used)) }
    }
    this.clear()
    return runs
  }

  /** Forgets what was noted and not finished. */
  clear(): void {
    this.#used = this.#count = 0
    this.#number = -1
    if (this.#memory.length > keptBytesMax) this.#hold(Buffer.allocUnsafeSlow(4 << 10))
  }
}
