import type { LogFile, LogFolder } from '../../ingestor/log/files.ts'

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export interface Faults {
  /** Chance that a synced write fails (EIO) after it may have reached the disk in part. */
  readonly syncError: number
  /** Chance that the sync of a folder fails (EIO); what was renamed or removed in it may be undone by a crash, or not. */
  readonly folderSyncError?: number
  /** Bytes the disk holds in all; a write beyond fails with ENOSPC. */
  readonly capacityBytes: number
}

const sectorBytes = 512

const inputOutputError = (): Error => Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })

class Content {
  durable = Buffer.alloc(0)
  /** What a reader sees: everything written, synced or not. */
  visible = Buffer.alloc(0)
  unsynced: { readonly position: number; readonly bytes: Buffer }[] = []
}

/**
 * A file system in memory that tells the truth only about what was synced. A crash drops, tears (by sectors) and reorders
 * unsynced writes, and forgets renames, creations and removals that no folder sync made durable. Everything that
 * happens depends on the seed.
 */
export class SimulatedDisk {
  #names = new Map<string, Content>()
  #durableNames = new Map<string, Content>()
  #life = { over: false }
  readonly random: () => number

  constructor(
    seed: number,
    readonly faults: Faults = { syncError: 0, capacityBytes: Number.POSITIVE_INFINITY },
  ) {
    this.random = randomFrom(seed)
  }

  /** The power goes: from now on every operation of the old process fails silently, and only what survived is left. */
  crash(): void {
    this.#life.over = true
    const survivors = new Map<string, Content>()
    // Each pending change of names survived or not; the durable names are what surely did.
    for (const [name, content] of this.#durableNames) survivors.set(name, content)
    for (const [name, content] of this.#names)
      if (!survivors.has(name) && this.random() < 0.5) {
        for (const [other, same] of survivors) if (same === content) survivors.delete(other)
        survivors.set(name, content)
      }
    for (const content of new Set(survivors.values())) this.#tear(content)
    this.#names = survivors
    this.#durableNames = new Map(survivors)
  }

  /** The folder as the next process sees it. */
  restart(): LogFolder {
    this.#life = { over: false }
    return this.folder()
  }

  folder(): LogFolder {
    const life = this.#life
    /** Does a step of an operation in one go, unless the process died before. */
    const step = async <T>(act: () => T): Promise<T> => {
      const turns = Math.floor(this.random() * 3)
      for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve))
      if (life.over) return new Promise<never>(() => {}) // a dead process never hears back
      return act()
    }
    const known = (name: string): Content => {
      const content = this.#names.get(name)
      if (content === undefined) throw Object.assign(new Error(`ENOENT: ${name}`), { code: 'ENOENT' })
      return content
    }
    return {
      list: () => step(() => [...this.#names.keys()]),
      open: (name, create) =>
        step(() => {
          if (create && !this.#names.has(name)) this.#names.set(name, new Content())
          return this.#file(known(name), step)
        }),
      rename: (from, to) =>
        step(() => {
          this.#names.set(to, known(from))
          this.#names.delete(from)
        }),
      remove: (name) =>
        step(() => {
          this.#names.delete(name)
        }),
      sync: () =>
        step(() => {
          if (this.random() < (this.faults.folderSyncError ?? 0)) throw inputOutputError()
          this.#durableNames = new Map(this.#names)
        }),
    }
  }

  /** Turns one byte of a file around. @returns false when there is no such place */
  flip(name: string, position: number, mask: number): boolean {
    const content = this.#names.get(name)
    if (content === undefined || position >= content.durable.length) return false
    content.durable[position]! ^= mask
    content.visible = Buffer.from(content.durable)
    return true
  }

  cut(name: string, length: number): void {
    const content = this.#names.get(name)!
    content.durable = content.durable.subarray(0, length)
    content.visible = Buffer.from(content.durable)
  }

  bytesOf(name: string): Buffer {
    return this.#names.get(name)!.visible
  }

  get names(): readonly string[] {
    return [...this.#names.keys()]
  }

  #tear(content: Content): void {
    const pending = [...content.unsynced]
    content.unsynced.length = 0
    // Any order, each whole, in part or not at all.
    for (let i = pending.length - 1; i > 0; i--) {
      const j = Math.floor(this.random() * (i + 1))
      ;[pending[i], pending[j]] = [pending[j]!, pending[i]!]
    }
    for (const { position, bytes } of pending) {
      const fate = this.random()
      if (fate < 0.3) continue
      for (let at = 0; at < bytes.length; ) {
        const end = Math.min(bytes.length, at + sectorBytes - ((position + at) % sectorBytes))
        if (fate > 0.7 || this.random() < 0.5)
          content.durable = placed(content.durable, position + at, bytes.subarray(at, end))
        at = end
      }
    }
    content.visible = Buffer.from(content.durable)
  }

  get #bytesUsed(): number {
    let sum = 0
    for (const content of new Set(this.#names.values())) sum += content.visible.length
    return sum
  }

  #write(content: Content, position: number, bytes: Uint8Array): void {
    const grows = Math.max(0, position + bytes.length - content.visible.length)
    if (this.#bytesUsed + grows > this.faults.capacityBytes)
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
    const copy = Buffer.from(bytes)
    content.visible = placed(content.visible, position, copy)
    content.unsynced.push({ position, bytes: copy })
  }

  #file(content: Content, step: <T>(act: () => T) => Promise<T>): LogFile {
    return {
      writeSynced: async (parts, position) => {
        const bytes = Buffer.concat(parts)
        const written = await step(() => {
          this.#write(content, position, bytes)
          return content.unsynced.at(-1)!
        })
        await step(() => {
          if (this.random() < this.faults.syncError) throw inputOutputError()
          content.durable = placed(content.durable, position, bytes)
          // What was written there before and never synced cannot come back over it.
          const at = content.unsynced.indexOf(written)
          content.unsynced = content.unsynced.flatMap((one, i) =>
            i > at ? [one] : i === at ? [] : without(one, position, position + bytes.length),
          )
        })
        await step(() => {})
      },
      write: (bytes, position) => step(() => this.#write(content, position, bytes)),
      sync: () =>
        step(() => {
          content.durable = Buffer.from(content.visible)
          content.unsynced.length = 0
        }),
      read: (into, position) =>
        step(() => {
          const count = Math.max(0, Math.min(into.length, content.visible.length - position))
          into.set(content.visible.subarray(position, position + count))
          return count
        }),
      size: () => step(() => content.visible.length),
      close: () => step(() => {}),
    }
  }
}

/** What of a write lies outside of [from, to). */
function without(write: Content['unsynced'][number], from: number, to: number): Content['unsynced'] {
  const { position, bytes } = write
  if (position + bytes.length <= from || to <= position) return [write]
  const before = { position, bytes: bytes.subarray(0, Math.max(0, from - position)) }
  const behind = { position: to, bytes: bytes.subarray(Math.min(bytes.length, to - position)) }
  return [before, behind].filter((part) => part.bytes.length > 0)
}

const placed = (content: Buffer, position: number, bytes: Uint8Array): Buffer<ArrayBuffer> => {
  const target =
    position + bytes.length > content.length ? Buffer.alloc(position + bytes.length) : (content as Buffer<ArrayBuffer>)
  if (target !== content) content.copy(target)
  target.set(bytes, position)
  return target
}
