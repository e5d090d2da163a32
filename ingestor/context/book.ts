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
   * The context's tags as they follow a line's own (`,lot=17,product=P`), '' when nothing is known.
   * @param seconds whole seconds since 1970, rounded down @param nanoseconds 0 … 999,999,999
   */
  tagsAt(seconds: number, nanoseconds: number): string
}

const nsPerSecond = 1_000_000_000n
const floorSeconds = (ns: bigint): number => Number(ns >= 0n ? ns / nsPerSecond : (ns - nsPerSecond + 1n) / nsPerSecond)

class MachineBook implements MachineLookup {
  readonly intervals = new Map<bigint, ContextInterval>()
  pieces: readonly Piece[] = []
  /** Start and end of each piece: seconds and nanoseconds apart, because a double holds no nanoseconds. */
  #fromSeconds = new Float64Array(0)
  #fromNanos = new Int32Array(0)
  #toSeconds = new Float64Array(0)
  #toNanos = new Int32Array(0)
  #tags: readonly string[] = []
  #last = 0

  resolve(): void {
    this.pieces = resolvePieces([...this.intervals.values()])
    const n = this.pieces.length
    this.#fromSeconds = new Float64Array(n)
    this.#fromNanos = new Int32Array(n)
    this.#toSeconds = new Float64Array(n).fill(Number.POSITIVE_INFINITY)
    this.#toNanos = new Int32Array(n)
    this.#tags = this.pieces.map(({ values }) => encodeContext(values))
    this.#last = 0
    for (let i = 0; i < n; i++) {
      const { fromNs, toNs } = this.pieces[i]!
      this.#fromSeconds[i] = floorSeconds(fromNs)
      this.#fromNanos[i] = Number(fromNs - BigInt(this.#fromSeconds[i]!) * nsPerSecond)
      if (toNs === null) continue
      this.#toSeconds[i] = floorSeconds(toNs)
      this.#toNanos[i] = Number(toNs - BigInt(this.#toSeconds[i]!) * nsPerSecond)
    }
  }

  tagsAt(seconds: number, nanoseconds: number): string {
    if (this.#tags.length === 0) return ''
    if (this.#holds(this.#last, seconds, nanoseconds)) return this.#tags[this.#last]!
    let low = 0
    let high = this.#tags.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const from = this.#fromSeconds[middle]!
      if (from < seconds || (from === seconds && this.#fromNanos[middle]! <= nanoseconds)) low = middle + 1
      else high = middle
    }
    if (low === 0 || !this.#holds(low - 1, seconds, nanoseconds)) return ''
    this.#last = low - 1
    return this.#tags[low - 1]!
  }

  #holds(i: number, seconds: number, nanoseconds: number): boolean {
    const from = this.#fromSeconds[i]!
    if (seconds < from || (seconds === from && nanoseconds < this.#fromNanos[i]!)) return false
    const to = this.#toSeconds[i]!
    return seconds < to || (seconds === to && nanoseconds < this.#toNanos[i]!)
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
