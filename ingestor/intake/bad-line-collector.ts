import type { DeadLetterReason } from '../dead-letters/letter.ts'
import type { BadLine, BadLines } from './taken.ts'

const lf = 10

/** Puts bad lines of one reason's kind together, as copies. */
export class BadLineCollector {
  readonly #done: BadLines[] = []
  lines = 0
  constructor(readonly letterBytes: number) {}
  readonly #open = new Map<
    DeadLetterReason,
    { first: Omit<BadLine, 'bytes'>; lines: number; bytes: Buffer; used: number }
  >()

  /** The line [start, end) of a piece of the body. */
  add(line: Omit<BadLine, 'bytes'>, piece: Buffer, start: number, end: number): void {
    const length = end - start + 1
    let open = this.#open.get(line.kind)
    if (open !== undefined && open.used + length > open.bytes.length) {
      this.#close(open)
      open = undefined
    }
    if (open === undefined) {
      open = { first: line, lines: 0, bytes: Buffer.allocUnsafe(Math.max(this.letterBytes, length)), used: 0 }
      this.#open.set(line.kind, open)
    }
    piece.copy(open.bytes, open.used, start, end)
    open.used += length
    open.bytes[open.used - 1] = lf
    open.lines++
    this.lines++
  }

  addMany(lines: BadLines): void {
    this.#done.push(lines)
    this.lines += lines.lines
  }

  finish(): readonly BadLines[] {
    for (const open of this.#open.values()) this.#close(open)
    return this.#done
  }

  #close({
    first,
    lines,
    bytes,
    used,
  }: {
    first: Omit<BadLine, 'bytes'>
    lines: number
    bytes: Buffer
    used: number
  }): void {
    const { line, offset, kind, reason } = first
    this.#done.push({ line, offset, kind, reason, lines, bytes: bytes.subarray(0, used), isCopy: true })
  }
}
