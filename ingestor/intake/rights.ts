import type { Pseudonyms } from '../context/pseudonyms.ts'
import type { Refusal } from './refusal.ts'

/** What a token may write. */
export interface TokenScope {
  /** Stands for the token in logs, letters and counts. */
  readonly id: string
  /** null: all of them. */
  readonly buckets: readonly string[] | null
  /** null: all of them. */
  readonly measurements: readonly string[] | null
  /** Put on every line that lacks them; a line that says otherwise is refused. */
  readonly forcedTags: Readonly<Record<string, string>>
  /** null: as the settings say. */
  readonly seriesMax: number | null
}

/** A token's scope, applied to lines. */
export class Rights {
  readonly forcedTags: Readonly<Record<string, string>>
  /** Whether no line is refused. */
  readonly isOpen: boolean
  readonly #measurements: ReadonlySet<string> | null

  constructor(readonly scope: TokenScope) {
    this.forcedTags = scope.forcedTags
    this.#measurements = scope.measurements === null ? null : new Set(scope.measurements)
    this.isOpen = this.#measurements === null && Object.keys(scope.forcedTags).length === 0
  }

  /** Why a line of this measurement and these tags may not come by this token; null when it may. */
  refuse(measurement: string, tags: ReadonlyMap<string, string>): Refusal | null {
    if (this.#measurements !== null && !this.#measurements.has(measurement))
      return {
        kind: 'forbidden',
        reason: `this token may not write the measurement "${measurement}" (it may: ${[...this.#measurements].join(', ')})`,
      }
    for (const [name, forced] of Object.entries(this.forcedTags)) {
      const value = tags.get(name)
      if (value !== undefined && value !== forced)
        return { kind: 'forbidden', reason: `this token writes as ${name}=${forced}; the line says ${name}=${value}` }
    }
    return null
  }

  /** The forced tags that a line lacks, as they follow its own: `,machine=press-1`. */
  missingTags(tags: ReadonlyMap<string, string>, pseudonyms: Pseudonyms | null): string {
    let added = ''
    for (const [name, forced] of Object.entries(this.forcedTags)) {
      const kept = name === 'operator' && pseudonyms !== null ? pseudonyms.of(forced) : forced
      if (!tags.has(name)) added += `,${escaped(name)}=${escaped(kept)}`
    }
    return added
  }
}

const escaped = (text: string): string => text.replace(/[,= ]/g, '\\$&')
