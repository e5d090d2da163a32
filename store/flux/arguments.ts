import { Duration } from '../../lib/time/duration.ts'
import { FluxError } from './errors.ts'
import { Regex } from './regex.ts'
import { TableStream } from './stream.ts'
import { FluxArray, FluxFunction, FluxRecord, Null, TableValue, Time, type Value } from './values.ts'

/**
 * The arguments of one call, by name. The type checker has run before, so a wrong type is rare; it still raises a FluxError,
 * since dynamic values pass the checker. `optional…` give undefined for an argument that is absent; a null counts as a wrong type.
 */
export class Arguments {
  constructor(
    readonly functionName: string,
    readonly values: ReadonlyMap<string, Value>,
  ) {}

  has(name: string): boolean {
    return this.values.has(name)
  }
  /** @throws FluxError `missing required keyword argument "name"` */
  value(name: string): Value {
    const value = this.values.get(name)
    if (value === undefined) throw new FluxError('invalid', `missing required keyword argument "${name}"`)
    return value
  }
  string(name: string): string {
    return this.#typed(name, 'string', (value) => typeof value === 'string') as string
  }
  int(name: string): bigint {
    return this.#typed(name, 'int', (value) => typeof value === 'bigint') as bigint
  }
  float(name: string): number {
    return this.#typed(name, 'float', (value) => typeof value === 'number') as number
  }
  bool(name: string): boolean {
    return this.#typed(name, 'bool', (value) => typeof value === 'boolean') as boolean
  }
  time(name: string): Time {
    return this.#typed(name, 'time', (value) => value instanceof Time) as Time
  }
  duration(name: string): Duration {
    return this.#typed(name, 'duration', (value) => value instanceof Duration) as Duration
  }
  regex(name: string): Regex {
    return this.#typed(name, 'regexp', (value) => value instanceof Regex) as Regex
  }
  array(name: string): FluxArray {
    return this.#typed(name, 'array', (value) => value instanceof FluxArray) as FluxArray
  }
  strings(name: string): string[] {
    return this.array(name).elements.map((element) => {
      if (typeof element !== 'string') throw wrongType(name, 'array of strings', element)
      return element
    })
  }
  record(name: string): FluxRecord {
    return this.#typed(name, 'object', (value) => value instanceof FluxRecord) as FluxRecord
  }
  function(name: string): FluxFunction {
    return this.#typed(name, 'function', (value) => value instanceof FluxFunction) as FluxFunction
  }
  /** The stream piped in or passed as `tables`. */
  stream(name = 'tables'): TableStream {
    return this.#typed(name, 'stream', (value) => value instanceof TableStream) as TableStream
  }
  optional<T>(name: string, read: (this: Arguments, name: string) => T): T | undefined {
    return this.values.has(name) ? read.call(this, name) : undefined
  }

  #typed(name: string, type: string, fits: (value: Value) => boolean): Value {
    const value = this.value(name)
    if (!fits(value)) throw wrongType(name, type, value)
    return value
  }
}

const wrongType = (name: string, type: string, value: Value): FluxError =>
  new FluxError('invalid', `keyword argument "${name}" should be of kind ${type}, but got ${kindOf(value)}`)

/** The type of a value as Flux's run time names it. */
export function kindOf(value: Value): string {
  switch (typeof value) {
    case 'number':
      return 'float'
    case 'bigint':
      return 'int'
    case 'string':
      return 'string'
    case 'boolean':
      return 'bool'
  }
  if (value instanceof Null) return value.type ?? 'null'
  if (value instanceof Time) return 'time'
  if (value instanceof Duration) return 'duration'
  if (value instanceof Regex) return 'regexp'
  if (value instanceof FluxArray) return 'array'
  if (value instanceof FluxRecord) return 'object'
  if (value instanceof FluxFunction) return 'function'
  if (value instanceof TableStream) return 'stream'
  if (value instanceof TableValue) return 'table'
  return value.constructor.name.toLowerCase()
}
