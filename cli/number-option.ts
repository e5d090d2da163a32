import { UsageError } from '../lib/errors.ts'
import type { Call } from './command.ts'

/** A flag that names a whole number. @param least the smallest it may be @throws UsageError */
export function countOption(
  options: Call['options'],
  name: string,
  { flag = name, least = 1 } = {},
): number | undefined {
  const text = options[name] as string | undefined
  if (text === undefined) return undefined
  const value = Number(text)
  if (!/^\d{1,9}$/.test(text) || value < least)
    throw new UsageError(`--${flag}: "${text}" is no whole number from ${least} on`)
  return value
}

/** An argument that is the number of something. @throws UsageError */
export function idArgument(text: string, what: string): number {
  if (!/^\d{1,15}$/.test(text) || Number(text) < 1) throw new UsageError(`"${text}" is no number of a ${what}`)
  return Number(text)
}
