const keysMax = 16_384
const keyBytesMax = 1_024
const arenaBytesMax = 2 << 20
/** When the memory is full it is begun anew, but not before so many lines: senders of more keys than fit would only churn it. */
const linesBetweenClears = 1 << 20

const space = 32

/**
 * Keys (measurement and tags) that a scan has met, each with the one that came after it last. Devices send the same series in the
 * same order again and again: a key that stands where it is expected is recognised by comparing its bytes, four at a time,
 * which takes a third of the time of reading them one by one. What is recognised was read in full once, byte for byte the same.
 */
export class KnownKeys {
  #arena = new DataView(new ArrayBuffer(64 << 10))
  readonly #ends = new Int32Array(keysMax + 1)
  readonly #hashes1 = new Int32Array(keysMax)
  readonly #hashes2 = new Int32Array(keysMax)
  readonly #next = new Int32Array(keysMax).fill(-1)
  /** Number of a key plus one, found by its hash; 0 where a slot is free. */
  readonly #slots = new Int32Array(2 * keysMax)
  #count = 0
  #linesSinceFull = 0

  hash1(key: number): number {
    return this.#hashes1[key]!
  }
  hash2(key: number): number {
    return this.#hashes2[key]!
  }
  bytesOf(key: number): number {
    return this.#ends[key + 1]! - this.#ends[key]!
  }
  /** The key that came after this one last, −1 when none did. */
  after(key: number): number {
    return this.#next[key]!
  }

  /** Whether this key, and a space behind it, stands at `start`. */
  standsAt(key: number, bytes: DataView, start: number): boolean {
    const arena = this.#arena
    let from = this.#ends[key]!
    const to = this.#ends[key + 1]!
    const end = start + to - from
    if (end >= bytes.byteLength || bytes.getUint8(end) !== space) return false
    let at = start
    for (; from + 4 <= to; from += 4, at += 4) if (arena.getInt32(from) !== bytes.getInt32(at)) return false
    for (; from < to; from++, at++) if (arena.getUint8(from) !== bytes.getUint8(at)) return false
    return true
  }

  /**
   * Takes note of a key that was read in full. @param before the key of the line before it, −1 for none
   * @returns its number, −1 when it is not kept
   */
  note(before: number, bytes: DataView, start: number, end: number, hash1: number, hash2: number): number {
    const key = this.#numberOf(bytes, start, end, hash1, hash2)
    if (before !== -1 && key !== -1) this.#next[before] = key
    return key
  }

  /** Call between scans, with the lines of the last one: numbers given before may no longer hold. */
  renew(lines: number): void {
    if (!this.#isFull(0)) return
    this.#linesSinceFull += lines
    if (this.#linesSinceFull < linesBetweenClears) return
    this.#linesSinceFull = 0
    this.#count = 0
    this.#next.fill(-1)
    this.#slots.fill(0)
  }

  #isFull(bytes: number): boolean {
    return this.#count === keysMax || this.#ends[this.#count]! + bytes > arenaBytesMax - keyBytesMax
  }

  #numberOf(bytes: DataView, start: number, end: number, hash1: number, hash2: number): number {
    const mask = this.#slots.length - 1
    let at = (hash1 ^ (hash2 >>> 13)) & mask
    for (let number = this.#slots[at]! - 1; number !== -1; number = this.#slots[at]! - 1) {
      if (this.#hashes1[number] === hash1 && this.#hashes2[number] === hash2) return number
      at = (at + 1) & mask
    }
    const length = end - start
    if (length > keyBytesMax || this.#isFull(length)) return -1
    const from = this.#ends[this.#count]!
    while (from + length > this.#arena.byteLength) this.#grow()
    for (let i = 0; i < length; i++) this.#arena.setUint8(from + i, bytes.getUint8(start + i))
    const number = this.#count++
    this.#ends[this.#count] = from + length
    this.#hashes1[number] = hash1
    this.#hashes2[number] = hash2
    this.#slots[at] = number + 1
    return number
  }

  #grow(): void {
    const larger = new Uint8Array(this.#arena.byteLength * 2)
    larger.set(new Uint8Array(this.#arena.buffer))
    this.#arena = new DataView(larger.buffer)
  }
}
