import type { ContextBook, MachineLookup } from '../context/book.ts'

/** Machines by number, each with its context as it is now. */
export class Machines {
  readonly #numbers = new Map<string, number>()
  readonly #names: string[] = []
  /** By number; undefined where nothing is known of a machine. */
  lookups: (MachineLookup | undefined)[] = []
  #version = -1

  constructor(readonly book: ContextBook) {}

  numberOf(name: string): number {
    let number = this.#numbers.get(name)
    if (number === undefined) {
      number = this.#names.push(name) - 1
      this.#numbers.set(name, number)
      this.lookups.push(this.book.machine(name))
    }
    return number
  }

  /** Call before a batch: takes over what was posted since. */
  refresh(): void {
    if (this.#version === this.book.version) return
    this.#version = this.book.version
    this.lookups = this.#names.map((name) => this.book.machine(name))
  }
}
