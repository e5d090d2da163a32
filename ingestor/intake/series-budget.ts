import { NumberSet } from './number-set.ts'
import type { Refusal } from './refusal.ts'

/** How many names of tags are watched, to name the one that explodes; beyond it the names themselves explode. */
const tagsWatched = 200

/**
 * How many series one token may make, over all of its buckets, in all and for each machine. Context tags are not counted. What is
 * refused leaves nothing behind, so a tag that explodes costs its budget and no more.
 */
export class SeriesBudget {
  readonly #series = new NumberSet()
  readonly #ofMachine = new Map<string, number>()
  readonly #values = new Map<string, ValueCount>()
  #fields = 0
  /** What a full budget says; the same again until another one is full. */
  #refusal: { readonly of: string; readonly refusal: Refusal } | null = null
  refused = 0

  constructor(
    readonly seriesMax: number,
    readonly perMachineMax: number,
  ) {}

  get used(): number {
    return this.#series.size
  }

  /** @param id of a series that is new where it is asked for. @returns why it is not taken, whatever its machine; null when it may be */
  refuseInAll(id: number): Refusal | null {
    return this.#series.size < this.seriesMax || this.#series.has(id)
      ? null
      : this.#full(`this token has ${this.seriesMax} series`)
  }

  /**
   * Takes a series in. @param id its `seriesIdentity` @param tags without those of the context
   * @returns why not, naming the tag with the most values; null when it may be
   */
  admit(id: number, tags: readonly (readonly [string, string])[], machine: string | undefined): Refusal | null {
    if (this.#series.has(id)) return null
    const inAll = this.refuseInAll(id)
    if (inAll !== null) return inAll
    const ofMachine = machine === undefined ? 0 : (this.#ofMachine.get(machine) ?? 0)
    if (ofMachine >= this.perMachineMax) return this.#full(`machine ${machine} has ${this.perMachineMax} series`)
    this.#series.add(id)
    if (machine !== undefined) this.#ofMachine.set(machine, ofMachine + 1)
    for (const [name, value] of tags) {
      let values = this.#values.get(name)
      if (values === undefined) {
        if (this.#values.size === tagsWatched) continue
        this.#values.set(name, (values = new ValueCount()))
      }
      values.note(value)
    }
    return null
  }

  #full(whose: string): Refusal {
    this.refused++
    if (this.#refusal?.of !== whose) {
      const reason = `${whose}, all that its budget allows; the tag with the most values is ${this.#exploding()}: a tag that takes ever new values belongs into a field`
      this.#refusal = { of: whose, refusal: { kind: 'series', reason } }
    }
    return this.#refusal.refusal
  }

  /** Takes fields in that their measurements did not have; a quarter as many as series. @returns why not */
  admitFields(count: number, measurement: string): Refusal | null {
    const fieldsMax = Math.max(1_000, Math.floor(this.seriesMax / 4))
    if (this.#fields + count <= fieldsMax) {
      this.#fields += count
      return null
    }
    this.refused++
    return {
      kind: 'series',
      reason: `this token has brought ${this.#fields} fields, its budget allows ${fieldsMax}; "${measurement}" wants ${count} more: a name that is ever new belongs into a field's value`,
    }
  }

  #exploding(): string {
    if (this.#values.size === tagsWatched)
      return `none: there are ${tagsWatched} or more tags, whose names are the trouble`
    let most: readonly [name: string, values: number] = ['', 0]
    for (const [name, counted] of this.#values) {
      const { values } = counted
      if (values > most[1]) most = [name, values]
    }
    return `"${most[0]}" (${most[1] > exactValues ? `about ${most[1]}` : most[1]})`
  }
}

/** So many values of a tag are counted exactly. */
const exactValues = 500
const bits = 1 << 17

/**
 * How many different values there were: the first exactly, then by how full a map of bits became (linear counting, within a few per
 * cent up to some hundred thousand), so that a tag costs 16 kB however many values it takes.
 * @see Whang, Vander-Zanden, Taylor (1990), ACM TODS 15(2)
 */
class ValueCount {
  #exact: Set<string> | null = new Set()
  #map: Uint8Array | null = null
  #set = 0

  note(value: string): void {
    if (this.#exact !== null) {
      this.#exact.add(value)
      if (this.#exact.size <= exactValues) return
      const known = this.#exact
      this.#exact = null
      this.#map = new Uint8Array(bits / 8)
      for (const one of known) this.#mark(one)
      return
    }
    this.#mark(value)
  }

  get values(): number {
    if (this.#exact !== null) return this.#exact.size
    return Math.round(-bits * Math.log(Math.max(1, bits - this.#set) / bits))
  }

  #mark(value: string): void {
    let hash = 0x811c9dc5
    for (let i = 0; i < value.length; i++) hash = Math.imul(hash ^ value.charCodeAt(i), 0x01000193)
    hash ^= hash >>> 15
    hash = Math.imul(hash, 0x2c1b3c6d)
    hash ^= hash >>> 13
    const at = hash & (bits - 1)
    const mask = 1 << (at & 7)
    if ((this.#map![at >> 3]! & mask) !== 0) return
    this.#map![at >> 3]! |= mask
    this.#set++
  }
}
