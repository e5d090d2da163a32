import { kindOf } from '../arguments.ts'
import { Time, UInt, type Value } from '../values.ts'

/** A text that is equal for equal keys of a dict. */
export function identityOf(value: Value): string {
  const plain = value instanceof Time ? value.ns : value instanceof UInt ? value.value : value
  return `${kindOf(value)}:${String(plain)}`
}
