import { Column, type ColumnType } from '../column.ts'
import { GroupKey, type KeyColumn } from '../group-key.ts'
import { Table } from '../table.ts'
import { appended } from './collected.ts'
import { rowGroups, rowsByGroup } from './row-groups.ts'

/**
 * Tables regrouped by columns that change from row to row, all at once: as many small groups cost one pass, not one per table.
 * A group's rows come table after table; it has the columns of the tables it has rows of, and in its key the columns of `labels`
 * that these have.
 * @returns null when a label has two types, which is no fault as long as no group has both
 */
export function groupedByRows(tables: readonly Table[], labels: ReadonlySet<string>): Table[] | null {
  const full = tables.filter(({ length }) => length > 0)
  if (full.length === 0) return []
  if (hasTwoTypes(full)) return null
  const whole = appended(GroupKey.empty, full)
  const schemas = new Schemas(full, labels)
  const by = whole.columns.filter(({ label }) => labels.has(label))
  const groups = rowGroups(schemas.keyed === null ? by : [...by, schemas.keyed], whole.length)
  const { rows, starts } = rowsByGroup(groups)
  return Array.from({ length: groups.count }, (_, g): Table => {
    const own = rows.subarray(starts[g]!, starts[g + 1]!)
    const present = schemas.labelsOf(own)
    const key = by.flatMap(({ label, type }, i): KeyColumn[] =>
      schemas.hasKey(own[0]!, label) ? [{ label, type, value: by[i]!.at(own[0]!) }] : [],
    )
    const keyOf = new Map(key.map((column) => [column.label, column]))
    const columns = whole.columns.flatMap((column): Column[] => {
      if (present !== null && !present.has(column.label)) return []
      const inKey = keyOf.get(column.label)
      return [
        inKey === undefined ? column.take(own) : Column.constant(column.label, column.type, inKey.value, own.length),
      ]
    })
    return new Table(new GroupKey(key), columns, own.length)
  })
}

function hasTwoTypes(tables: readonly Table[]): boolean {
  const types = new Map<string, ColumnType>()
  for (const { columns } of tables)
    for (const { label, type } of columns) {
      if ((types.get(label) ?? type) !== type) return true
      types.set(label, type)
    }
  return false
}

/** Which columns the tables had that rows come from. */
class Schemas {
  /** Per row of all tables the number of its schema; null when there is one schema only. */
  readonly #ofRow: Int32Array | null = null
  readonly #labels: ReadonlySet<string>[] = []
  /** Per row the key columns that its table has; null when all tables have the same. */
  readonly keyed: Column | null = null

  constructor(tables: readonly Table[], keyLabels: ReadonlySet<string>) {
    const known = new Map<string, number>()
    const schemaOf = tables.map((table) => {
      const id = JSON.stringify([...table.labels].sort())
      let schema = known.get(id)
      if (schema === undefined) known.set(id, (schema = this.#labels.push(new Set(table.labels)) - 1))
      return schema
    })
    if (this.#labels.length === 1) return
    const keyIds = this.#labels.map((labels) => JSON.stringify([...keyLabels].filter((label) => labels.has(label))))
    const length = tables.reduce((sum, table) => sum + table.length, 0)
    this.#ofRow = new Int32Array(length)
    const ids = new Array<string>(length)
    let row = 0
    tables.forEach((table, t) => {
      this.#ofRow!.fill(schemaOf[t]!, row, row + table.length)
      ids.fill(keyIds[schemaOf[t]!]!, row, row + table.length)
      row += table.length
    })
    if (new Set(keyIds).size > 1) this.keyed = Column.of('', 'string', ids)
  }

  /** The columns that any of these rows has; null = all there are. */
  labelsOf(rows: Int32Array): ReadonlySet<string> | null {
    if (this.#ofRow === null) return null
    const schemas = new Set<number>()
    for (const row of rows) schemas.add(this.#ofRow[row]!)
    if (schemas.size === 1) return this.#labels[this.#ofRow[rows[0]!]!]!
    return new Set([...schemas].flatMap((schema) => [...this.#labels[schema]!]))
  }

  hasKey(row: number, label: string): boolean {
    return this.#labels[this.#ofRow === null ? 0 : this.#ofRow[row]!]!.has(label)
  }
}
