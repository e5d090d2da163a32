const bytesMaxOfOne = 0xffff
const keptBytesMax = 16 << 20

/**
 * Tags that the context gives to lines, each kept once as bytes, in the order in which they were met: a batch that goes through
 * ten thousand machines reads them from end to end. They go by number; 0 is none.
 */
export class RunTags {
  readonly #numbers = new Map<string, number>()
  #texts: string[] = []
  /** By number: where its bytes end in the arena, on a multiple of four, and how many they are. */
  #starts = new Int32Array(64)
  #lengths = new Int32Array(64)
  #arena: Buffer = Buffer.allocUnsafeSlow(4 << 10)
  #view: DataView = new DataView(this.#arena.buffer)
  #used = 0
  /** Rises when numbers given before hold no longer. */
  generation = 0
  /** By the tags that come before, then by number. */
  readonly #behind = new Map<string, Map<number, number>>()

  constructor() {
    this.clear()
  }

  /** The number of tags as they follow a line's own: `,lot=17,product=P`. @throws RangeError for more than 65,535 bytes of them */
  numberOf(tags: string): number {
    return this.#numbers.get(tags) ?? this.#keep(tags)
  }

  textOf(number: number): string {
    return this.#texts[number]!
  }

  /** Of tags with those of a number behind them. */
  numberBehind(tags: string, number: number): number {
    let behind = this.#behind.get(tags)
    if (behind === undefined) this.#behind.set(tags, (behind = new Map()))
    let joined = behind.get(number)
    if (joined === undefined) behind.set(number, (joined = this.numberOf(tags + this.textOf(number))))
    return joined
  }

  lengthOf(number: number): number {
    return this.#lengths[number]!
  }

  /** Writes the bytes of a number, and up to three more behind them that mean nothing. */
  copy(number: number, into: DataView, at: number): void {
    const from = this.#view
    const start = this.#starts[number]!
    const end = start + this.#lengths[number]!
    for (let i = start, to = at; i < end; i += 4, to += 4) into.setInt32(to, from.getInt32(i))
  }

  /** Whether so much is kept that it is time to forget it, when no number is in use. */
  get isFull(): boolean {
    return this.#used > keptBytesMax
  }

  /** Forgets all of it: numbers given before hold no longer. */
  clear(): void {
    this.generation++
    this.#numbers.clear()
    this.#behind.clear()
    this.#texts = []
    if (this.#used > keptBytesMax) this.#hold(Buffer.allocUnsafeSlow(4 << 10))
    this.#used = 0
    this.#keep('')
  }

  #keep(tags: string): number {
    const length = Buffer.byteLength(tags)
    if (length > bytesMaxOfOne)
      throw new RangeError(`tags of ${length} bytes do not fit into a record: ${bytesMaxOfOne} do`)
    const number = this.#texts.length
    if (this.#used + length + 4 > this.#arena.length) {
      const larger = Buffer.allocUnsafeSlow(2 * (this.#used + length + 4))
      this.#arena.copy(larger, 0, 0, this.#used)
      this.#hold(larger)
    }
    if (number === this.#starts.length) {
      this.#starts = wider(this.#starts)
      this.#lengths = wider(this.#lengths)
    }
    this.#arena.write(tags, this.#used)
    this.#starts[number] = this.#used
    this.#lengths[number] = length
    this.#used += (length + 3) & ~3
    this.#texts.push(tags)
    this.#numbers.set(tags, number)
    return number
  }

  #hold(arena: Buffer): void {
    this.#arena = arena
    this.#view = new DataView(arena.buffer)
  }
}

function wider(array: Int32Array): Int32Array<ArrayBuffer> {
  const twice = new Int32Array(2 * array.length)
  twice.set(array)
  return twice
}
