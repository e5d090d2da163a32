/** Smaller bodies come in one piece and are taken as they lie. */
const smallestBytes = 64 << 10

/**
 * Memory for request bodies, used again and again: each buffer that is made and thrown away counts as memory outside of the
 * heap, and V8 collects its whole heap for so many megabytes of it (measured at 90 kB a body: 14 full collections a second,
 * and a third of the processor's time).
 */
export class BodyPool {
  readonly #free = new Map<number, ArrayBuffer[]>()
  /** Lent and not given back; who never gives one back leaves it to the garbage collector. */
  readonly #lent = new WeakSet<ArrayBuffer>()
  #freeBytes = 0

  /** @param keptBytesMax how much memory that nobody uses is kept */
  constructor(readonly keptBytesMax: number) {}

  get freeBytes(): number {
    return this.#freeBytes
  }

  /** A buffer of this length, holding anything. */
  take(bytes: number): Buffer {
    const size = sizeFor(bytes)
    const known = this.#free.get(size)?.pop()
    if (known !== undefined) this.#freeBytes -= size
    const memory = known ?? (Buffer.allocUnsafeSlow(size).buffer as ArrayBuffer)
    this.#lent.add(memory)
    return Buffer.from(memory, 0, bytes)
  }

  /** Takes the memory of a buffer back that `take` gave, once; anything else is left alone. Nobody may hold a view of it. */
  give({ buffer }: Buffer): void {
    if (!(buffer instanceof ArrayBuffer) || !this.#lent.delete(buffer)) return
    const size = buffer.byteLength
    if (this.#freeBytes + size > this.keptBytesMax) return
    this.#freeBytes += size
    const free = this.#free.get(size)
    if (free === undefined) this.#free.set(size, [buffer])
    else free.push(buffer)
  }
}

/** The next larger size of four between two powers of two: at most a quarter is wasted. */
function sizeFor(bytes: number): number {
  const step = 2 ** Math.max(0, 30 - Math.clz32(Math.max(bytes, smallestBytes) - 1) - 1)
  return Math.ceil(Math.max(bytes, smallestBytes) / step) * step
}
