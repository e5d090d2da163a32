import { freeMemory } from '../../lib/free-memory.ts'

/** What is remembered of each series of one token and bucket, found by the hashes of its key. About 40 bytes a series. */
export class SeriesTable {
  /** Number of a series plus one, 0 where a slot is free; open addressing. */
  #slots = new Int32Array(256)
  #hashes1 = new Int32Array(128)
  #hashes2 = new Int32Array(128)
  #count = 0
  /** Number of the machine whose context the series takes; −1: none. */
  machines = new Int32Array(128)
  /** Hash of the names and types of the fields that were let through last. */
  fieldHashes = new Int32Array(128)
  /** Number of the set of tags that are put on every line of it (a token's forced tags); 0: none. */
  addedTags = new Int32Array(128)
  /** Number of the key that is kept in place of its own; 0: its own. */
  keys = new Int32Array(128)
  /** Number of its measurement's name. */
  measurements = new Int32Array(128)
  /** Number of the plausible range that its values have; 0: none. */
  ranges = new Int32Array(128)

  get size(): number {
    return this.#count
  }

  /** The series' number, or −1 for one not met before. */
  find(hash1: number, hash2: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    for (let at = mixed(hash1, hash2) & mask; ; at = (at + 1) & mask) {
      const number = slots[at]! - 1
      if (number === -1) return -1
      if (this.#hashes1[number] === hash1 && this.#hashes2[number] === hash2) return number
    }
  }

  /** Takes in a series that `find` does not know. @returns its number; its columns hold 0 */
  add(hash1: number, hash2: number): number {
    const number = this.#count++
    if (number === this.#hashes1.length) this.#grow()
    this.#hashes1[number] = hash1
    this.#hashes2[number] = hash2
    this.machines[number] = -1
    this.#place(number)
    return number
  }

  clear(): void {
    this.#slots.fill(0)
    this.fieldHashes.fill(0)
    this.addedTags.fill(0)
    this.keys.fill(0)
    this.measurements.fill(0)
    this.ranges.fill(0)
    this.#count = 0
  }

  #place(number: number): void {
    const mask = this.#slots.length - 1
    let at = mixed(this.#hashes1[number]!, this.#hashes2[number]!) & mask
    while (this.#slots[at] !== 0) at = (at + 1) & mask
    this.#slots[at] = number + 1
  }

  #grow(): void {
    const length = this.#hashes1.length * 2
    const wider = (old: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
      const larger = new Int32Array(length)
      larger.set(old)
      freeMemory(old)
      return larger
    }
    this.#hashes1 = wider(this.#hashes1)
    this.#hashes2 = wider(this.#hashes2)
    this.machines = wider(this.machines)
    this.fieldHashes = wider(this.fieldHashes)
    this.addedTags = wider(this.addedTags)
    this.ranges = wider(this.ranges)
    this.keys = wider(this.keys)
    this.measurements = wider(this.measurements)
    freeMemory(this.#slots)
    this.#slots = new Int32Array(length * 2)
    for (let i = 0; i < this.#count - 1; i++) this.#place(i)
  }
}

/** Low bits that depend on all bits of both. */
function mixed(hash1: number, hash2: number): number {
  let h = Math.imul(hash1 ^ (hash2 >>> 15) ^ (hash2 << 7), 0x2c1b3c6d)
  h ^= h >>> 15
  return h
}
