import type { Builtin, Constant } from '../universe/define.ts'

/** Every function and constant that needs an import, package by package. */
export const packages: readonly (Builtin | Constant)[] = []
