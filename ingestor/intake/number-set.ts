import { freeMemory } from '../../lib/free-memory.ts'

const fullAt = 0.75

/** Whole numbers from 0 up to 2^53 − 2, ten to twenty bytes each: a `Set` takes several times that. */
export class NumberSet {
  /** A number plus one; 0 where a slot is free; open addressing. */
  #slots = new Float64Array(16)
  #size = 0

  get size(): number {
    return this.#size
  }

  has(number: number): boolean {
    return this.#slots[this.#placeOf(number)] !== 0
  }

  add(number: number): void {
    const at = this.#placeOf(number)
    if (this.#slots[at] !== 0) return
    this.#slots[at] = number + 1
    this.#size++
    if (this.#size > fullAt * this.#slots.length) this.#grow()
  }

  /** Where the number stands, or would. */
  #placeOf(number: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    let hash = Math.imul(number | 0, 0x2c1b3c6d) ^ Math.imul(number / 4_294_967_296, 0x297a2d39)
    hash ^= hash >>> 15
    let at = hash & mask
    while (slots[at] !== 0 && slots[at] !== number + 1) at = (at + 1) & mask
    return at
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Float64Array(2 * old.length)
    for (const slot of old) if (slot !== 0) this.#slots[this.#placeOf(slot - 1)] = slot
    freeMemory(old)
  }
}
