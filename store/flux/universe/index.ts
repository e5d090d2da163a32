import type { Builtin } from './define.ts'

/** Every function of the universe: what needs no import. One file per function, one row per function. */
export const universe: readonly Builtin[] = []
