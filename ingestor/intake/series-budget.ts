import type { Refusal } from './refusal.ts'

/** How many values of one tag are counted, to name the one that explodes. */
const valuesCounted = 2_000

/**
 * How many series one token may make, over all of its buckets, in all and for each machine. Context tags are not counted. What is
 * refused leaves nothing behind, so a tag that explodes costs its budget and no more.
 */
export class SeriesBudget {
  readonly #series = new Set<number>()
  readonly #ofMachine = new Map<string, number>()
  readonly #values = new Map<string, Set<string>>()
  refused = 0

  constructor(
    readonly seriesMax: number,
    readonly perMachineMax: number,
  ) {}

  get used(): number {
    return this.#series.size
  }

  /** Takes a series in. @returns why not, naming the tag with the most values; null when it may be */
  admit(
    measurement: string,
    tags: readonly (readonly [string, string])[],
    machine: string | undefined,
  ): Refusal | null {
    const id = identity(measurement, tags)
    if (this.#series.has(id)) return null
    const ofMachine = machine === undefined ? 0 : (this.#ofMachine.get(machine) ?? 0)
    const full = this.#series.size >= this.seriesMax
    if (full || ofMachine >= this.perMachineMax) {
      this.refused++
      const whose = full
        ? `this token has ${this.seriesMax} series`
        : `machine ${machine} has ${this.perMachineMax} series`
      return {
        kind: 'series',
        reason: `${whose}, all that its budget allows; the tag with the most values is ${this.#exploding()}: a tag that takes ever new values belongs into a field`,
      }
    }
    this.#series.add(id)
    if (machine !== undefined) this.#ofMachine.set(machine, ofMachine + 1)
    for (const [name, value] of tags) {
      let values = this.#values.get(name)
      if (values === undefined) this.#values.set(name, (values = new Set()))
      if (values.size < valuesCounted) values.add(value)
    }
    return null
  }

  #exploding(): string {
    let most: readonly [string, number] = ['', 0]
    for (const [name, { size }] of this.#values) if (size > most[1]) most = [name, size]
    return `"${most[0]}" (${most[1] === valuesCounted ? `${valuesCounted} or more` : most[1]})`
  }
}

/** 52 bits out of two hashes of the text. */
function identity(measurement: string, tags: readonly (readonly [string, string])[]): number {
  let low = 0x811c9dc5
  let high = 0x9747b28c
  const take = (text: string): void => {
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i)
      low = Math.imul(low ^ c, 0x01000193)
      high = Math.imul(high ^ c, 0x85ebca6b)
      high ^= high >>> 13
    }
    low = Math.imul(low ^ 0x1ff, 0x01000193)
    high = Math.imul(high ^ 0x1ff, 0x85ebca6b)
  }
  take(measurement)
  for (const [name, value] of tags) {
    take(name)
    take(value)
  }
  return (low >>> 0) + ((high >>> 0) & 0xfffff) * 4_294_967_296
}
