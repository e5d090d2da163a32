import type { Batch } from '../batch.ts'
import { RunWriter } from './run-writer.ts'
import type { SenderBook } from './sender-book.ts'
import { type IntakeTools, LineTaker, type RunWriters } from './take.ts'
import type { Taken } from './taken.ts'

/** What is larger waits for others of its kind alone. */
const largeBytes = 2 << 20
const pieceBytesMin = 32 << 10
const pieceBytesMax = 256 << 10
/** How long others may have to wait for a piece, ms. */
const pieceMs = 1.5

type Done = (error: unknown, taken: Taken | null) => void

interface Waiting {
  readonly batch: Batch
  readonly book: SenderBook
  readonly done: Done
}

/**
 * Takes larger batches apart piece by piece, and lets everybody else have a turn after each piece: a body of many megabytes would
 * hold up all others for as long as it takes. One after the other, those of many megabytes apart from the others, so that
 * a batch is not the slower for those that came behind it.
 */
export class Turns {
  readonly #lanes: readonly [ordinary: Lane, large: Lane]
  #isScheduled = false
  /** Lines differ in what they cost: pieces become smaller or larger until they take about as long as they may. */
  #pieceBytes = pieceBytesMax

  constructor(readonly tools: IntakeTools) {
    this.#lanes = [new Lane(tools), new Lane(tools)]
  }

  /** @param done called once, now or later, with what was taken or why that failed */
  take(batch: Batch, book: SenderBook, done: Done): void {
    const [ordinary, large] = this.#lanes
    const lane = batch.bytes.length > largeBytes ? large : ordinary
    lane.add({ batch, book, done })
    // Nobody waits for it, and others have had their turn.
    if (!this.#isScheduled) this.#turn()
  }

  #turn(): void {
    for (const lane of this.#lanes) {
      if (lane.isIdle) continue
      const startedMs = performance.now()
      const bytes = lane.takePiece(this.#pieceBytes)
      const tookMs = performance.now() - startedMs
      if (tookMs > pieceMs) this.#pieceBytes = Math.max(pieceBytesMin, this.#pieceBytes / 2)
      else if (tookMs < pieceMs / 3 && bytes >= this.#pieceBytes / 2)
        this.#pieceBytes = Math.min(pieceBytesMax, this.#pieceBytes * 2)
    }
    if (this.#isScheduled || this.#lanes.every((lane) => lane.isIdle)) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#turn()
    })
  }
}

/** Batches one after the other. */
class Lane {
  readonly #waiting: Waiting[] = []
  readonly #writers: RunWriters
  #taker: LineTaker | null = null
  #tagsGeneration = 0

  constructor(readonly tools: IntakeTools) {
    const { tags } = tools.machines
    this.#writers = [new RunWriter(tags), new RunWriter(tags)]
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0
  }

  add(waiting: Waiting): void {
    this.#waiting.push(waiting)
  }

  /** Takes the next piece of the first batch. @returns how many bytes it had */
  takePiece(pieceBytes: number): number {
    const { batch, book, done } = this.#waiting[0]!
    const { machines } = this.tools
    let taken: Taken | null = null
    let bytes = 0
    try {
      machines.refresh()
      this.#taker ??= new LineTaker(batch, book, this.tools, this.#writers)
      // What the tags' numbers meant has changed meanwhile.
      if (this.#tagsGeneration !== machines.tags.generation) for (const writer of this.#writers) writer.cut()
      this.#tagsGeneration = machines.tags.generation
      const before = this.#taker.takenBytes
      if (this.#taker.takePiece(pieceBytes)) return this.#taker.takenBytes - before
      bytes = this.#taker.takenBytes - before
      taken = this.#taker.finish()
    } catch (error) {
      this.#end()
      done(error, null)
      return bytes
    }
    this.#end()
    done(null, taken)
    return bytes
  }

  #end(): void {
    this.#waiting.shift()
    this.#taker = null
  }
}
