import { freeWhole } from '../../lib/free-memory.ts'

/** Smaller bodies come in one piece and are taken as they lie. */
const smallestBytes = 64 << 10

/**
 * Memory for request bodies, used again and again: each buffer that is made and thrown away counts as memory outside of the
 * heap, and V8 collects its whole heap for so many megabytes of it (measured at 90 kB a body: 14 full collections a second,
 * and a third of the processor's time). What nobody needed for a while is freed: after a time of large bodies comes one of small ones.
 */
export class BodyPool {
  /** By size; the last one is lent next, so that those at the front are the ones that are not needed. */
  readonly #free = new Map<number, Shelf>()
  /** Lent and not given back; who never gives one back leaves it to the garbage collector. */
  readonly #lent = new WeakSet<ArrayBuffer>()
  #freeBytes = 0
  #look: NodeJS.Timeout | null = null

  /** @param keptBytesMax how much memory that nobody uses is kept @param keptMs and how long */
  constructor(
    readonly keptBytesMax: number,
    readonly keptMs = 1_000,
  ) {}

  get freeBytes(): number {
    return this.#freeBytes
  }

  /** A buffer of this length, holding anything. */
  take(bytes: number): Buffer {
    const size = sizeFor(bytes)
    const shelf = this.#free.get(size)
    const known = shelf?.buffers.pop()
    if (known !== undefined) {
      this.#freeBytes -= size
      shelf!.unneeded = Math.min(shelf!.unneeded, shelf!.buffers.length)
    }
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
    const shelf = this.#free.get(size)
    if (shelf === undefined) this.#free.set(size, { buffers: [buffer], unneeded: 0 })
    else shelf.buffers.push(buffer)
    this.#lookSoon()
  }

  #lookSoon(): void {
    this.#look ??= setTimeout(() => {
      this.#look = null
      this.#freeUnneeded()
      if (this.#freeBytes > 0) this.#lookSoon()
    }, this.keptMs).unref()
  }

  #freeUnneeded(): void {
    for (const [size, shelf] of this.#free) {
      for (const buffer of shelf.buffers.splice(0, shelf.unneeded)) {
        this.#freeBytes -= size
        freeWhole(new Uint8Array(buffer))
      }
      shelf.unneeded = shelf.buffers.length
      if (shelf.buffers.length === 0) this.#free.delete(size)
    }
  }
}

interface Shelf {
  readonly buffers: ArrayBuffer[]
  /** So many of them lay here all the time since somebody last looked. */
  unneeded: number
}

/** The next larger size of four between two powers of two: at most a quarter is wasted. */
function sizeFor(bytes: number): number {
  const step = 2 ** Math.max(0, 30 - Math.clz32(Math.max(bytes, smallestBytes) - 1) - 1)
  return Math.ceil(Math.max(bytes, smallestBytes) / step) * step
}
