/**
 * What a Flux expression may be. Floats are numbers, ints bigints, strings and booleans themselves; the other types are
 * classes, so `typeof` and `instanceof` tell every type apart. A null knows its type where Flux knew it: `map` keeps a
 * column of nulls only then.
 */
import type { Duration } from '../../lib/time/duration.ts'
import type { Cell, ColumnType } from './column.ts'
import type { Regex } from './regex.ts'
import type { TableStream } from './stream.ts'
import type { Table } from './table.ts'

export class UInt {
  constructor(readonly value: bigint) {}
}
export class Time {
  constructor(readonly ns: bigint) {}
}
export class Null {
  private constructor(readonly type: ColumnType | undefined) {}
  static readonly unknown = new Null(undefined)
  static readonly #typed = new Map<ColumnType, Null>(
    (['bool', 'int', 'uint', 'float', 'string', 'time'] as const).map((type) => [type, new Null(type)]),
  )
  static of(type: ColumnType | undefined): Null {
    return type === undefined ? Null.unknown : Null.#typed.get(type)!
  }
}
export class Bytes {
  constructor(readonly bytes: Uint8Array) {}
}
export class FluxArray {
  constructor(readonly elements: readonly Value[]) {}
}
/** Members in the order in which they were written. */
export class FluxRecord {
  readonly #members: ReadonlyMap<string, Value> | null
  /** @param members null in a subclass that makes them when asked */
  constructor(members: ReadonlyMap<string, Value> | null) {
    this.#members = members
  }
  get members(): ReadonlyMap<string, Value> {
    return this.#members as ReadonlyMap<string, Value>
  }
  get(name: string): Value | undefined {
    return this.members.get(name)
  }
}
export class Dict {
  /** @param entries key and value by an identity of the key */
  constructor(readonly entries: ReadonlyMap<string, readonly [Value, Value]>) {}
}
/** A function, built in or written in Flux. */
export abstract class FluxFunction {
  abstract readonly name: string
  /** Parameter names in order; the pipe parameter's name, or null. */
  abstract readonly parameters: readonly string[]
  abstract readonly pipe: string | null
  abstract call(args: ReadonlyMap<string, Value>, context: import('./universe/define.ts').CallContext): Value
}
/** One table out of a stream, as `tableFind` and a reducer's `tables` hand it over. */
export class TableValue {
  constructor(readonly table: Table) {}
}

export type Value =
  | number
  | bigint
  | string
  | boolean
  | UInt
  | Time
  | Duration
  | Regex
  | Null
  | Bytes
  | FluxArray
  | FluxRecord
  | Dict
  | FluxFunction
  | TableStream
  | TableValue

/** A cell of a column as a value. */
export function valueOfCell(type: ColumnType, cell: Cell): Value {
  if (cell === null) return Null.of(type)
  if (type === 'time') return new Time(cell as bigint)
  if (type === 'uint') return new UInt(cell as bigint)
  return cell
}

/** A value as the cell of a column, with the column type it has; undefined when a column cannot hold it. */
export function cellOf(value: Value): { readonly type: ColumnType | undefined; readonly cell: Cell } | undefined {
  switch (typeof value) {
    case 'number':
      return { type: 'float', cell: value }
    case 'bigint':
      return { type: 'int', cell: value }
    case 'string':
      return { type: 'string', cell: value }
    case 'boolean':
      return { type: 'bool', cell: value }
  }
  if (value instanceof Null) return { type: value.type, cell: null }
  if (value instanceof Time) return { type: 'time', cell: value.ns }
  if (value instanceof UInt) return { type: 'uint', cell: value.value }
  return undefined
}
