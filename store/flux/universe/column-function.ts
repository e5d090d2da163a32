import { kindOf } from '../arguments.ts'
import { FluxError } from '../errors.ts'
import { type FluxFunction, Null, type Value } from '../values.ts'
import type { CallContext } from './define.ts'

/** A function of a column's label, each label asked once. */
function ofLabel(fn: FluxFunction, context: CallContext): (label: string) => Value {
  const known = new Map<string, Value>()
  return (label) => {
    let value = known.get(label)
    if (value === undefined) known.set(label, (value = fn.call(new Map([['column', label]]), context)))
    return value
  }
}

export function labelFunction(fn: FluxFunction, context: CallContext): (label: string) => string {
  const call = ofLabel(fn, context)
  return (label) => {
    const value = call(label)
    if (typeof value !== 'string')
      throw new FluxError('invalid', `the function must return a string, got ${kindOf(value)}`)
    return value
  }
}

/** Null is no. */
export function labelPredicate(fn: FluxFunction, context: CallContext): (label: string) => boolean {
  const call = ofLabel(fn, context)
  return (label) => {
    const value = call(label)
    if (value instanceof Null) return false
    if (typeof value !== 'boolean')
      throw new FluxError('invalid', `the function must return a bool, got ${kindOf(value)}`)
    return value
  }
}
