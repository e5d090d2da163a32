import type { LogFile, LogFolder } from './files.ts'
import { checksumSeed, recordTypes } from './record.ts'
import { encodeRewritten, type Rewritten } from './rewritten.ts'
import { RewrittenFile } from './rewritten-file.ts'
import { isSpare, newSalt, type Segment, segmentHeader, segmentHeaderBytes, segmentName, spareName } from './segment.ts'

/** Zeros are written in pieces of this size, so that commits of other requests come in between. */
const zeroPieceBytes = 256 << 10
/** And synced after so many: all of a segment at once would keep the disk busy while commits wait (their p99 was half as much again). */
const syncedBytes = 4 << 20

/** Resolves when a file may have its zeros up to so many bytes. @throws to have it made no further */
export type Pace = (bytes: number) => Promise<void>

const atOnce: Pace = () => Promise.resolve()

/**
 * Segments before and after their use. A file is filled with zeros once and reused for ever: writing into blocks that
 * exist changes no metadata, which is what makes a commit cheap. (A sparse file would lose that at each block's first write.)
 */
export class SegmentPool {
  readonly #spares: string[] = []
  /** Names that files may still have which should be gone. */
  readonly #toRemove = new Set<string>()

  constructor(
    readonly folder: LogFolder,
    readonly segmentBytes: number,
    readonly sparesMax: number,
  ) {}

  get spares(): number {
    return this.#spares.length
  }

  /** Takes over the spare files a former process left. Files of another size are removed. */
  async adopt(names: readonly string[]): Promise<void> {
    for (const name of names.filter(isSpare)) {
      const file = await this.folder.open(name, false)
      const size = await file.size()
      await file.close()
      if (size === this.segmentBytes && this.#spares.length < this.sparesMax) this.#spares.push(name)
      else await this.folder.remove(name)
    }
  }

  /**
   * An empty segment, named and durable, so that records may be written at once.
   * @param pace how fast a file is filled with zeros where there is no spare one
   * @throws the file system's error, ENOSPC on a full disk; nothing of a half-made file stays
   */
  async next(number: number, pace: Pace = atOnce): Promise<Segment> {
    const spare = this.#spares.pop() ?? (await this.#make(pace))
    const salt = newSalt()
    const name = segmentName(number, salt)
    let file: LogFile | null = null
    try {
      await this.folder.rename(spare, name)
      await this.folder.sync()
      file = await this.folder.open(name, false)
      await file.writeSynced([segmentHeader], 0)
    } catch (error) {
      await file?.close().catch(() => {})
      await this.#discard([spare, name])
      throw error
    }
    return {
      number,
      name,
      seed: checksumSeed(salt),
      file,
      sizeBytes: this.segmentBytes,
      firstSequence: Number.POSITIVE_INFINITY,
      lastSequence: Number.NEGATIVE_INFINITY,
      endOffset: segmentHeaderBytes,
      records: 0,
      rewritten: null,
      isSpent: false,
      contents: new Map(),
    }
  }

  /**
   * A segment of no more than the given records, named and durable: it takes the place of those whose records they are.
   * @param fill writes them: each with its old sequence number
   * @throws the file system's error; nothing of a half-made file stays
   */
  async rewrite(rewritten: Rewritten, fill: (segment: RewrittenFile) => Promise<void>): Promise<Segment> {
    const salt = newSalt()
    const spare = spareName()
    const made = new RewrittenFile(await this.folder.open(spare, true), checksumSeed(salt))
    const name = segmentName(rewritten.toSegment, salt)
    try {
      await made.add(recordTypes.rewritten, rewritten.firstSequence, encodeRewritten(rewritten))
      await fill(made)
      await made.end()
      await this.folder.rename(spare, name)
      await this.folder.sync()
    } catch (error) {
      await made.file.close().catch(() => {})
      // Under the one name or the other: a second try must not leave its file beside the first one's.
      await this.#discard([spare, name])
      throw error
    }
    const { seed, file, endOffset, records, lastSequence } = made
    const { toSegment: number, firstSequence } = rewritten
    const state = { firstSequence, lastSequence, endOffset, records, rewritten, isSpent: true, contents: null }
    return { number, name, seed, file, sizeBytes: endOffset, ...state }
  }

  /**
   * Gives back the file of a segment that nobody needs any more: a spare when it has the right size and there are not enough, else
   * removed. Never rejects: what a disk in trouble does not let go is removed with the next one.
   */
  async recycle(segment: Segment): Promise<void> {
    await segment.file.close().catch(() => {})
    const isSpareWanted = segment.sizeBytes === this.segmentBytes && this.#spares.length < this.sparesMax
    if (!isSpareWanted || !(await this.#keepAsSpare(segment.name))) this.#toRemove.add(segment.name)
    if (this.#toRemove.size === 0) return
    const names = [...this.#toRemove]
    try {
      for (const name of names) await this.folder.remove(name)
      await this.folder.sync()
      for (const name of names) this.#toRemove.delete(name)
    } catch {
      // They stay among those to be removed.
    }
  }

  async #keepAsSpare(segment: string): Promise<boolean> {
    const name = spareName()
    try {
      await this.folder.rename(segment, name)
      await this.folder.sync()
    } catch {
      this.#toRemove.add(name)
      return false
    }
    this.#spares.push(name)
    return true
  }

  async #discard(names: readonly string[]): Promise<void> {
    for (const name of names)
      await this.folder.remove(name).catch(() => {
        this.#toRemove.add(name)
      })
  }

  async #make(pace: Pace): Promise<string> {
    const name = spareName()
    const file = await this.folder.open(name, true)
    try {
      const zeros = Buffer.alloc(Math.min(zeroPieceBytes, this.segmentBytes))
      for (let at = 0; at < this.segmentBytes; at += zeros.length) {
        await pace(at)
        await file.write(zeros.subarray(0, Math.min(zeros.length, this.segmentBytes - at)), at)
        if ((at + zeros.length) % syncedBytes === 0) await file.sync()
      }
      await file.sync()
      await this.folder.sync()
    } catch (error) {
      await file.close().catch(() => {})
      await this.folder.remove(name).catch(() => {})
      throw error
    }
    await file.close()
    return name
  }
}
