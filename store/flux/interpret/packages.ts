import { packages } from '../packages/index.ts'
import { universeConstants } from '../universe/constants.ts'
import type { Builtin, Constant } from '../universe/define.ts'
import { universe } from '../universe/index.ts'
import { FluxRecord, type Value } from '../values.ts'
import { MissingFunction } from './engine.ts'
import { BuiltinFunction } from './functions.ts'

/** An imported package. A member that we do not have is a function that refuses to be called. */
export class PackageValue extends FluxRecord {
  constructor(
    readonly path: string,
    readonly known: ReadonlyMap<string, Value>,
    readonly options: ReadonlyMap<string, Value>,
  ) {
    super(known)
  }
  member(name: string): Value {
    return (
      this.options.get(`${this.path}.${name}`) ??
      this.known.get(name) ??
      new MissingFunction(name, `${this.path}.${name}`)
    )
  }
}

const valueOfRow = (row: Builtin | Constant): Value => ('call' in row ? new BuiltinFunction(row) : row.value)

const universeValues = new Map<string, Value>(
  [...universe, ...universeConstants].map((row) => [row.name, valueOfRow(row)]),
)
const packageValues = new Map<string, Map<string, Value>>()
for (const row of packages) {
  let members = packageValues.get(row.package)
  if (members === undefined) packageValues.set(row.package, (members = new Map()))
  members.set(row.name, valueOfRow(row))
}

/** A function of the universe; one that InfluxDB has and we do not refuses to be called. The checker has seen to it that the name exists. */
export function universeValue(name: string): Value {
  return universeValues.get(name) ?? new MissingFunction(name, name)
}

/** The package at an import path, which the checker knows to exist. */
export function packageValue(path: string, options: ReadonlyMap<string, Value>): PackageValue {
  return new PackageValue(path, packageValues.get(path) ?? new Map(), options)
}

/** The name under which an import without an alias is known: the last part of its path. */
export const packageName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
