import type { Budget } from '../budget.ts'
import { Column, type ColumnType } from '../column.ts'
import { FluxError } from '../errors.ts'
import type { GroupKey } from '../group-key.ts'
import { Table } from '../table.ts'

/** Tables held until all have come, by group key; those of one key become one, one after the other. */
export class CollectedTables {
  readonly #groups = new Map<string, { readonly key: GroupKey; readonly parts: Table[] }>()
  #rows = 0
  #bytes = 0

  constructor(readonly budget: Budget) {}

  get isEmpty(): boolean {
    return this.#groups.size === 0
  }

  /** @throws FluxError when the query holds too much */
  add(table: Table): void {
    const bytes = bytesHeld(table)
    this.budget.charge(table.length, bytes)
    this.#rows += table.length
    this.#bytes += bytes
    const group = this.#groups.get(table.key.id)
    if (group === undefined) this.#groups.set(table.key.id, { key: table.key, parts: [table] })
    else group.parts.push(table)
  }

  /** One table per key, in the order of keys. What was held is given back at the end. */
  *inOrder(): Iterable<Table> {
    yield* this.#given([...this.#groups.values()].sort((a, b) => a.key.compare(b.key)))
  }

  /** One table per key, as the keys came. */
  *asTheyCame(): Iterable<Table> {
    yield* this.#given([...this.#groups.values()])
  }

  *#given(groups: readonly { readonly key: GroupKey; readonly parts: readonly Table[] }[]): Iterable<Table> {
    try {
      for (const { key, parts } of groups) yield appended(key, parts)
    } finally {
      this.budget.release(this.#rows, this.#bytes)
      this.#rows = this.#bytes = 0
    }
  }
}

/** A rough size of what a table holds beyond single values. */
export function bytesHeld(table: Table): number {
  let bytes = 0
  for (const { constant, type } of table.columns) if (constant === undefined) bytes += type === 'bool' ? 1 : 8
  return bytes * table.length
}

/**
 * Tables one after the other, as one; a column that one of them lacks is null there.
 * @throws FluxError when a label has two types
 */
export function appended(key: GroupKey, parts: readonly Table[]): Table {
  if (parts.length === 1) return parts[0]!
  const types = new Map<string, ColumnType>()
  for (const { columns } of parts)
    for (const { label, type } of columns) {
      const known = types.get(label) ?? type
      if (known !== type)
        throw new FluxError(
          'invalid',
          `schema collision detected: column "${label}" is both of type ${type} and ${known}`,
        )
      types.set(label, type)
    }
  const columns = [...types].map(([label, type]) =>
    Column.concat(
      label,
      type,
      parts.map((part) => part.column(label) ?? Column.constant(label, type, null, part.length)),
    ),
  )
  return new Table(
    key,
    columns,
    parts.reduce((sum, part) => sum + part.length, 0),
  )
}
