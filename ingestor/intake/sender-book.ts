import { decodeKey, tagValueAt, unescaped } from '../../lib/line-protocol/decode.ts'
import { contextTags } from '../context/interval.ts'
import type { Pseudonyms } from '../context/pseudonyms.ts'
import type { Machines } from './machines.ts'
import type { Range, Ranges } from './ranges.ts'
import type { Refusal } from './refusal.ts'
import type { Rights } from './rights.ts'
import type { SeriesBudget } from './series-budget.ts'
import { seriesIdentity } from './series-identity.ts'
import { SeriesTable } from './series-table.ts'

export interface SeriesLimits {
  readonly tagsMax: number
  /** Measurement and tags together, bytes. */
  readonly keyBytesMax: number
  readonly seriesPerTokenMax: number
  readonly seriesPerMachineMax: number
}

const keptAtLeast = 1 << 16

const contextTagNames: ReadonlySet<string> = new Set(contextTags)

/** A line's series as it was met for the first time, or why it is not taken. */
export type Met = { readonly number: number } | { readonly refusal: Refusal }

/**
 * What is known of one token's series in one bucket. A series is judged once, when it is met for the first time: whether the token
 * may write it, whose context it takes, whether its values have a plausible range, and whether the budgets allow it.
 */
export class SenderBook {
  readonly table = new SeriesTable()
  /** Sets of tags that are put on lines, as they follow a line's own; number 0 is none. */
  readonly addedTags: string[] = ['']
  /** Keys with a pseudonym in place of an operator's name; number 0 is none. */
  readonly keys: Buffer[] = [Buffer.alloc(0)]
  /** Plausible ranges; number 0 is none. */
  readonly plausible: Range[] = [[Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]]
  readonly #rangeNumbers = new Map<Range, number>()
  readonly #measurements: string[] = []
  readonly #numbers = new Map<string, number>()

  constructor(
    readonly rights: Rights,
    readonly budget: SeriesBudget,
    readonly machines: Machines,
    readonly ranges: Ranges,
    readonly limits: SeriesLimits,
    /** null: operators' names are kept as they come. */
    readonly pseudonyms: Pseudonyms | null,
  ) {}

  /** Takes in the series of a line that the table does not know. @param start, end of measurement and tags in `bytes` */
  meet(bytes: Buffer, start: number, end: number, hash1: number, hash2: number): Met {
    if (end - start > this.limits.keyBytesMax)
      return {
        refusal: {
          kind: 'too large',
          reason: `measurement and tags take ${end - start} bytes, more than the limit of ${this.limits.keyBytesMax}`,
        },
      }
    const id = seriesIdentity(bytes, start, end)
    const refused = this.rights.isOpen ? this.budget.refuseInAll(id) : null
    if (refused !== null) return { refusal: refused }
    const { measurement, tags } = decodeKey(bytes, start, end)
    if (tags.length > this.limits.tagsMax)
      return {
        refusal: { kind: 'too large', reason: `the line has ${tags.length} tags, more than ${this.limits.tagsMax}` },
      }
    const byName = new Map(tags)
    const refusal = this.rights.refuse(measurement, byName)
    if (refusal !== null) return { refusal }
    const machine = byName.get('machine') ?? this.rights.forcedTags['machine']
    // Context tags come and go with each lot: they are not the sender's to answer for.
    const own = tags.filter(([name]) => !contextTagNames.has(name))
    const overBudget = this.budget.admit(id, own, machine)
    if (overBudget !== null) return { refusal: overBudget }
    if (this.table.size >= this.#keptMax) this.#forget()
    const number = this.table.add(hash1, hash2)
    const sendsContext = own.length < tags.length
    this.table.machines[number] = machine === undefined || sendsContext ? -1 : this.machines.numberOf(machine)
    this.table.addedTags[number] = this.#addedNumber(this.rights.missingTags(byName, this.pseudonyms))
    this.table.keys[number] = this.#keyNumber(bytes, start, end)
    this.table.ranges[number] = this.#rangeNumber(this.ranges.of(measurement, machine, byName.get('sensor')))
    let name = this.#numbers.get(measurement)
    if (name === undefined) this.#numbers.set(measurement, (name = this.#measurements.push(measurement) - 1))
    this.table.measurements[number] = name
    return { number }
  }

  measurementOf(series: number): string {
    return this.#measurements[this.table.measurements[series]!]!
  }

  /** All of it is met anew. Context tags of a sender's own are no matter of the budget, but each lot of theirs is a series here. */
  #forget(): void {
    this.table.clear()
    this.keys.length = 1
  }

  get #keptMax(): number {
    return Math.max(keptAtLeast, 2 * this.limits.seriesPerTokenMax)
  }

  #rangeNumber(range: Range | null): number {
    if (range === null) return 0
    const known = this.#rangeNumbers.get(range)
    if (known !== undefined) return known
    const number = this.plausible.push(range) - 1
    this.#rangeNumbers.set(range, number)
    return number
  }

  #keyNumber(bytes: Buffer, start: number, end: number): number {
    const value = this.pseudonyms === null ? null : tagValueAt(bytes, start, end, 'operator')
    if (value === null) return 0
    const { from, to } = value
    const name = unescaped(bytes.toString('utf8', from, to))
    const pseudonym = this.pseudonyms!.of(name)
    if (pseudonym === name) return 0
    const key = Buffer.concat([bytes.subarray(start, from), Buffer.from(pseudonym), bytes.subarray(to, end)])
    return this.keys.push(key) - 1
  }

  #addedNumber(added: string): number {
    if (added === '') return 0
    const known = this.addedTags.indexOf(added)
    return known === -1 ? this.addedTags.push(added) - 1 : known
  }
}
