import type { ContextBook, MachineLookup } from '../context/book.ts'
import { RunTags } from './run-tags.ts'

/** From and to, seconds and nanoseconds apart, and the number of the tags. */
const rowLength = 5

/**
 * Machines by number, each with its context as it is now. What held for a machine the last time lies in one row for all of them,
 * in the order in which they were met: a batch that goes through ten thousand machines reads it from end to end.
 */
export class Machines {
  readonly #numbers = new Map<string, number>()
  readonly #names: string[] = []
  /** By number; undefined where nothing is known of a machine. */
  #lookups: (MachineLookup | undefined)[] = []
  /** By number, a row of the piece that held last; NaN where none did. */
  #held = new Float64Array(rowLength * 64).fill(Number.NaN)
  #version = -1
  /** What the context says of lines, by number. */
  readonly tags = new RunTags()

  constructor(readonly book: ContextBook) {}

  numberOf(name: string): number {
    let number = this.#numbers.get(name)
    if (number === undefined) {
      number = this.#names.push(name) - 1
      this.#numbers.set(name, number)
      this.#lookups.push(this.book.machine(name))
      if (rowLength * this.#names.length > this.#held.length) {
        const larger = new Float64Array(2 * this.#held.length).fill(Number.NaN)
        larger.set(this.#held)
        this.#held = larger
      }
    }
    return number
  }

  /** Call before a batch: takes over what was posted since. Numbers of tags that were given before hold no longer. */
  refresh(): void {
    if (this.#version === this.book.version && !this.tags.isFull) return
    if (this.#version !== this.book.version) this.#lookups = this.#names.map((name) => this.book.machine(name))
    this.#version = this.book.version
    this.tags.clear()
    this.#held.fill(Number.NaN)
  }

  /**
   * The number of the context's tags as they follow a line's own (`,lot=17,product=P`), 0 when nothing is known.
   * @param seconds whole seconds since 1970, rounded down @param nanoseconds 0 … 999,999,999
   */
  tagsAt(machine: number, seconds: number, nanoseconds: number): number {
    const held = this.#held
    const at = rowLength * machine
    const from = held[at]!
    const to = held[at + 2]!
    if (
      (from < seconds || (from === seconds && held[at + 1]! <= nanoseconds)) &&
      (seconds < to || (seconds === to && nanoseconds < held[at + 3]!))
    )
      return held[at + 4]!
    return this.#lookUp(machine, seconds, nanoseconds)
  }

  #lookUp(machine: number, seconds: number, nanoseconds: number): number {
    const lookup = this.#lookups[machine]
    const piece = lookup === undefined ? -1 : lookup.pieceAt(seconds, nanoseconds)
    if (piece === -1) return 0
    const at = rowLength * machine
    const number = this.tags.numberOf(lookup!.copyPiece(piece, this.#held, at))
    this.#held[at + 4] = number
    return number
  }
}
