/** What ran on a machine: absent means unknown. Written to points as tags of the same names. */
export interface ContextValues {
  readonly lot?: string
  readonly product?: string
  readonly operator?: string
  readonly order?: string
}

export const contextTags = ['lot', 'operator', 'order', 'product'] as const satisfies readonly (keyof ContextValues)[]

/** One statement by an MES, an operator or a file: this ran on that machine in [fromNs, toNs). */
export interface ContextInterval extends ContextValues {
  readonly machine: string
  readonly fromNs: bigint
  /** null = until further notice */
  readonly toNs: bigint | null
  /** Rises with every post: where two intervals overlap, the greater one holds. */
  readonly revision: number
}

/** A stretch of time in which one context holds; half open. */
export interface Piece {
  readonly fromNs: bigint
  /** null = for ever */
  readonly toNs: bigint | null
  readonly values: ContextValues
}

export const sameValues = (a: ContextValues | null, b: ContextValues | null): boolean =>
  a === b || (a !== null && b !== null && contextTags.every((tag) => a[tag] === b[tag]))

/**
 * The values as they follow a line's own tags: `,lot=17,operator=Ada`, escaped. Empty when nothing is known.
 */
export function encodeContext(values: ContextValues): string {
  let text = ''
  for (const tag of contextTags) {
    const value = values[tag]
    if (value !== undefined && value !== '') text += `,${tag}=${value.replace(/[,= ]/g, '\\$&')}`
  }
  return text
}
