import { type ContextInterval, type ContextValues, contextTags, encodeContext, type Piece } from './interval.ts'
import { changedPieces, holdingAt, resolvePieces } from './pieces.ts'

/** One change to what is known of a machine, as it is kept for ever. */
export type ContextOperation =
  | { readonly kind: 'put'; readonly intervals: readonly ContextInterval[] }
  | { readonly kind: 'delete'; readonly machine: string; readonly fromNs: bigint }

/** A stretch in which a machine's context is no longer what it was. */
export interface ContextChange {
  readonly machine: string
  readonly fromNs: bigint
  readonly toNs: bigint | null
  readonly before: ContextValues | null
  readonly after: ContextValues | null
}

/**
 * What ran on which machine when. Intervals are looked up by the machine's name and the point's own time, on the hot path
 * millions of times a second: so a machine's pieces are kept as flat arrays of seconds and nanoseconds, and the last hit is tried first.
 */
export class ContextBook {
  readonly #machines = new Map<string, MachineBook>()
  #revision = 0
  #version = 0

  /** The greatest revision given so far. */
  get revision(): number {
    return this.#revision
  }
  /** Rises with every change: lookups that were taken before may be stale. */
  get version(): number {
    return this.#version
  }
  get machines(): readonly string[] {
    return [...this.#machines.keys()]
  }

  /**
   * Adds intervals; one of the same machine and start replaces the older. Machines are resolved once each, however many intervals come.
   * @param intervals without revision: they get the next ones, in order
   * @throws RangeError for an interval that ends before it starts, or values no tag can hold
   */
  put(intervals: readonly Omit<ContextInterval, 'revision'>[]): {
    readonly operation: ContextOperation
    readonly changes: ContextChange[]
  } {
    const operation = this.number(intervals)
    return { operation, changes: this.apply(operation) }
  }

  /** The operation that adds intervals, with their revisions; nothing is known of them until it is applied. @throws as `put` */
  number(intervals: readonly Omit<ContextInterval, 'revision'>[]): ContextOperation {
    for (const interval of intervals) checkInterval(interval)
    return { kind: 'put', intervals: intervals.map((interval) => ({ ...interval, revision: ++this.#revision })) }
  }

  /** Removes the interval of a machine that starts then, for good. @returns null when there is none */
  delete(
    machine: string,
    fromNs: bigint,
  ): { readonly operation: ContextOperation; readonly changes: ContextChange[] } | null {
    if (!this.has(machine, fromNs)) return null
    const operation = { kind: 'delete', machine, fromNs } as const
    return { operation, changes: this.apply(operation) }
  }

  /** Whether an interval of the machine starts then. */
  has(machine: string, fromNs: bigint): boolean {
    return this.#machines.get(machine)?.intervals.has(fromNs) === true
  }

  /** Does an operation again, as a restart does. */
  apply(operation: ContextOperation): ContextChange[] {
    this.#version++
    const touched = new Map<string, readonly Piece[]>()
    const touch = (name: string): MachineBook => {
      let machine = this.#machines.get(name)
      if (machine === undefined) {
        machine = new MachineBook()
        this.#machines.set(name, machine)
      }
      if (!touched.has(name)) touched.set(name, machine.pieces)
      return machine
    }
    if (operation.kind === 'put')
      for (const interval of operation.intervals) {
        touch(interval.machine).intervals.set(interval.fromNs, interval)
        this.#revision = Math.max(this.#revision, interval.revision)
      }
    else touch(operation.machine).intervals.delete(operation.fromNs)
    const changes: ContextChange[] = []
    for (const [name, before] of touched) {
      const machine = this.#machines.get(name)!
      machine.resolve()
      for (const change of changedPieces(before, machine.pieces)) changes.push({ machine: name, ...change })
      if (machine.intervals.size === 0) this.#machines.delete(name)
    }
    return changes
  }

  /** Posted intervals of a machine, by start. */
  intervals(machine: string): readonly ContextInterval[] {
    return [...(this.#machines.get(machine)?.intervals.values() ?? [])].sort((a, b) => (a.fromNs < b.fromNs ? -1 : 1))
  }

  /** What holds when, overlaps resolved. */
  pieces(machine: string): readonly Piece[] {
    return this.#machines.get(machine)?.pieces ?? []
  }

  at(machine: string, ns: bigint): ContextValues | null {
    return holdingAt(this.pieces(machine), ns)
  }

  /** The machine for repeated lookups, or undefined when nothing is known of it. Ask again after a change. */
  machine(name: string): MachineLookup | undefined {
    return this.#machines.get(name)
  }
}

/** Lookups without a bigint. */
export interface MachineLookup {
  /**
   * Number of the piece that holds then, −1 for none.
   * @param seconds whole seconds since 1970, rounded down @param nanoseconds 0 … 999,999,999
   */
  pieceAt(seconds: number, nanoseconds: number): number
  /**
   * Writes a piece's start and end at `at` into `bounds`: seconds and nanoseconds of each, Infinity for no end.
   * @returns its tags as they follow a line's own: `,lot=17,product=P`
   */
  copyPiece(piece: number, bounds: Float64Array, at: number): string
}

const nsPerSecond = 1_000_000_000n
const floorSeconds = (ns: bigint): number => Number(ns >= 0n ? ns / nsPerSecond : (ns - nsPerSecond + 1n) / nsPerSecond)

class MachineBook implements MachineLookup {
  readonly intervals = new Map<bigint, ContextInterval>()
  pieces: readonly Piece[] = []
  /**
   * Of each piece four numbers in a row: start and end, each in seconds and nanoseconds apart, because a double holds no
   * nanoseconds. One array, so that a lookup among thousands of machines waits for memory once.
   */
  #bounds = new Float64Array(0)
  #tags: readonly string[] = []

  resolve(): void {
    this.pieces = resolvePieces([...this.intervals.values()])
    const n = this.pieces.length
    this.#bounds = new Float64Array(4 * n)
    this.#tags = this.pieces.map(({ values }) => encodeContext(values))
    for (let i = 0; i < n; i++) {
      const { fromNs, toNs } = this.pieces[i]!
      this.#put(4 * i, fromNs)
      if (toNs === null) this.#bounds[4 * i + 2] = Number.POSITIVE_INFINITY
      else this.#put(4 * i + 2, toNs)
    }
  }

  #put(at: number, ns: bigint): void {
    const seconds = floorSeconds(ns)
    this.#bounds[at] = seconds
    this.#bounds[at + 1] = Number(ns - BigInt(seconds) * nsPerSecond)
  }

  pieceAt(seconds: number, nanoseconds: number): number {
    let low = 0
    let high = this.#tags.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const from = this.#bounds[4 * middle]!
      if (from < seconds || (from === seconds && this.#bounds[4 * middle + 1]! <= nanoseconds)) low = middle + 1
      else high = middle
    }
    return low > 0 && this.#holds(low - 1, seconds, nanoseconds) ? low - 1 : -1
  }

  copyPiece(piece: number, bounds: Float64Array, at: number): string {
    for (let i = 0; i < 4; i++) bounds[at + i] = this.#bounds[4 * piece + i]!
    return this.#tags[piece]!
  }

  #holds(i: number, seconds: number, nanoseconds: number): boolean {
    const bounds = this.#bounds
    const at = 4 * i
    const from = bounds[at]!
    if (seconds < from || (seconds === from && nanoseconds < bounds[at + 1]!)) return false
    const to = bounds[at + 2]!
    return seconds < to || (seconds === to && nanoseconds < bounds[at + 3]!)
  }
}

const controlCharacters = /[\u0000-\u001f\u007f]/

function checkInterval(interval: Omit<ContextInterval, 'revision'>): void {
  if (interval.toNs !== null && interval.toNs <= interval.fromNs)
    throw new RangeError(`an interval of machine ${JSON.stringify(interval.machine)} ends at or before its start`)
  if (interval.machine === '') throw new RangeError('an interval needs a machine')
  for (const tag of ['machine', ...contextTags] as const) {
    const value = interval[tag]
    if (value === undefined) continue
    if (controlCharacters.test(value))
      throw new RangeError(`${tag} holds a control character (a line break, say), which no tag may`)
    if (value.endsWith('\\')) throw new RangeError(`${tag} ends with a backslash, which line protocol cannot write`)
    if (value.length > 256) throw new RangeError(`${tag} is longer than 256 characters`)
  }
}
