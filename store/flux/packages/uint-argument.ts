import { type Arguments, kindOf } from '../arguments.ts'
import { FluxError } from '../errors.ts'
import { UInt } from '../values.ts'

/** An argument of type uint as a bigint from 0 on. */
export function uintArgument(args: Arguments, name: string): bigint {
  const value = args.value(name)
  if (value instanceof UInt) return value.value
  throw new FluxError('invalid', `keyword argument "${name}" should be of kind uint, but got ${kindOf(value)}`)
}
