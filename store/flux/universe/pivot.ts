import type { Budget } from '../budget.ts'
import { allocate, Column, type ColumnData, type ColumnType } from '../column.ts'
import { FluxError } from '../errors.ts'
import { GroupKey } from '../group-key.ts'
import { bytesHeld } from '../grouping/collected.ts'
import { rowGroups, rowsByGroup } from '../grouping/row-groups.ts'
import { makeStream } from '../stream.ts'
import { Table } from '../table.ts'
import { textOf } from '../text.ts'
import { valueOfCell } from '../values.ts'
import { define } from './define.ts'

interface PivotSpec {
  readonly rowKey: readonly string[]
  readonly columnKey: readonly string[]
  readonly valueColumn: string
}

export default define({
  package: '',
  name: 'pivot',
  parameters: [
    { name: 'tables', pipe: true },
    { name: 'rowKey', required: true },
    { name: 'columnKey', required: true },
    { name: 'valueColumn', required: true },
  ],
  call: (args, context) => {
    const input = args.stream()
    const rowKey = args.strings('rowKey')
    const columnKey = args.strings('columnKey')
    const twice = columnKey.find((label) => rowKey.includes(label))
    if (twice !== undefined) throw new FluxError('invalid', `column name found in both rowKey and colKey: ${twice}`)
    const spec: PivotSpec = { rowKey, columnKey, valueColumn: args.string('valueColumn') }
    return makeStream(context, 'pivot', function* () {
      const groups = new Map<string, { readonly key: GroupKey; readonly parts: Table[] }>()
      for (const table of input.tables()) {
        checkColumns(table, spec)
        context.budget.charge(table.length, bytesHeld(table))
        const key = keyAfter(table.key, spec)
        const group = groups.get(key.id)
        if (group === undefined) groups.set(key.id, { key, parts: [table] })
        else group.parts.push(table)
      }
      for (const { key, parts } of [...groups.values()].sort((a, b) => a.key.compare(b.key)))
        yield pivoted(key, parts, spec, context.budget)
    })
  },
})

/** @throws FluxError in InfluxDB's words when a column is not there */
function checkColumns(table: Table, { rowKey, columnKey, valueColumn }: PivotSpec): void {
  for (const label of rowKey)
    if (table.column(label) === undefined)
      throw new FluxError('invalid', `specified row key column does not exist in table: ${label}`)
  if (table.column(valueColumn) === undefined)
    throw new FluxError('invalid', `specified value column does not exist in table: ${valueColumn}`)
  for (const label of columnKey)
    if (table.column(label) === undefined || label === valueColumn)
      throw new FluxError('invalid', `specified column does not exist in table: ${label}`)
}

const keyAfter = (key: GroupKey, { columnKey, valueColumn }: PivotSpec): GroupKey =>
  new GroupKey(key.columns.filter(({ label }) => label !== valueColumn && !columnKey.includes(label)))

/** Tables of one key as one: rows in the order in which their row key first appears, a column per column key. */
function pivoted(key: GroupKey, parts: readonly Table[], spec: PivotSpec, budget: Budget): Table {
  const rowKey = spec.rowKey.map((label) => stacked(label, parts))
  const total = parts.reduce((sum, part) => sum + part.length, 0)
  const rows = rowGroups(rowKey, total)
  const kept = parts[0]!.columns.flatMap(({ label }): Column[] => {
    const inKey = key.column(label)
    if (inKey !== undefined) return [Column.constant(label, inKey.type, inKey.value, rows.count)]
    const i = spec.rowKey.indexOf(label)
    return i === -1 || label === spec.valueColumn ? [] : [rowKey[i]!.take(firstOfEach(rows.ofRow, rows.count))]
  })
  const made = new MadeColumns(rows.count, new Set(kept.map(({ label }) => label)), budget)
  let offset = 0
  for (const part of parts) {
    const rowOf = rows.ofRow.subarray(offset, offset + part.length)
    offset += part.length
    const value = part.column(spec.valueColumn)!
    const names = spec.columnKey.map((label) => part.column(label)!)
    const byName = rowGroups(names, part.length)
    const { rows: sources, starts } = rowsByGroup(byName)
    for (let g = 0; g < byName.count; g++) {
      const from = sources.subarray(starts[g]!, starts[g + 1]!)
      made.put(nameOf(names, from[0]!), value, from, rowOf)
    }
  }
  return new Table(key, [...kept, ...made.columns()], rows.count)
}

function stacked(label: string, parts: readonly Table[]): Column {
  const columns = parts.map((part) => part.column(label)!)
  const { type } = columns[0]!
  const other = columns.find((column) => column.type !== type)
  if (other !== undefined)
    throw new FluxError(
      'invalid',
      `schema collision detected: column "${label}" is both of type ${other.type} and ${type}`,
    )
  return Column.concat(label, type, columns)
}

function firstOfEach(ofRow: Int32Array, count: number): Int32Array {
  const first = new Int32Array(count)
  let next = 0
  for (let row = 0; row < ofRow.length && next < count; row++) if (ofRow[row] === next) first[next++] = row
  return first
}

const nameOf = (columns: readonly Column[], row: number): string =>
  columns
    .map((column) => {
      const cell = column.at(row)
      if (cell === null) return 'null'
      return typeof cell === 'number' ? exponential(cell) : textOf(valueOfCell(column.type, cell))
    })
    .join('_')

/** A float as `7.5E+00`. */
function exponential(value: number): string {
  if (!Number.isFinite(value)) return textOf(value)
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string]
  const sign = Object.is(value, -0) ? '-' : ''
  return `${sign}${mantissa}E${exponent[0]}${exponent.slice(1).padStart(2, '0')}`
}

/** The columns that come out of values of the column key; a cell that nobody fills is a gap. */
class MadeColumns {
  readonly #made = new Map<
    string,
    { readonly type: ColumnType; readonly data: ColumnData; readonly nulls: Uint8Array }
  >()

  constructor(
    readonly length: number,
    readonly taken: ReadonlySet<string>,
    readonly budget: Budget,
  ) {}

  /** Row `rowOf[i]` gets cell i of `value`, for the `i` of `from`; of several the last one stays. */
  put(name: string, value: Column, from: Int32Array, rowOf: Int32Array): void {
    const { type, data, nulls } = this.#column(name, value.type)
    if (type !== value.type)
      throw new FluxError(
        'invalid',
        `schema collision detected: column "${name}" is both of type ${value.type} and ${type}`,
      )
    const source = value.data as unknown as { readonly [i: number]: never }
    const target = data as unknown as { [i: number]: unknown }
    for (const i of from) {
      const row = rowOf[i]!
      target[row] = source[i]
      nulls[row] = value.isNull(i) ? 1 : 0
    }
  }

  #column(name: string, type: ColumnType) {
    let column = this.#made.get(name)
    if (column === undefined) {
      if (this.taken.has(name))
        throw new FluxError(
          'invalid',
          `value "${name}" appears in a column key column, but a column named "${name}" already exists; consider renaming "${name}" to something else before pivoting`,
        )
      this.budget.charge(0, this.length * 9)
      const data = allocate(type, this.length)
      if (type === 'string') (data as string[]).fill('')
      column = { type, data, nulls: new Uint8Array(this.length).fill(1) }
      this.#made.set(name, column)
    }
    return column
  }

  columns(): Column[] {
    return [...this.#made].map(([name, { type, data, nulls }]) =>
      Column.of(name, type, data, nulls.includes(1) ? nulls : null),
    )
  }
}
