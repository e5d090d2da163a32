import { kindOf } from '../arguments.ts'
import { type Cell, ColumnBuilder, type ColumnType } from '../column.ts'
import { FluxError, UnsupportedError } from '../errors.ts'
import { GroupKey } from '../group-key.ts'
import { ClosureFunction } from '../interpret/functions.ts'
import { rowEvaluator } from '../row-function.ts'
import { makeStream } from '../stream.ts'
import type { Expression, Statement } from '../syntax/tree.ts'
import { Table } from '../table.ts'
import { cellOf, FluxRecord, type Value } from '../values.ts'
import { define } from './define.ts'

export default define({
  package: '',
  name: 'map',
  parameters: [{ name: 'tables', pipe: true }, { name: 'fn', required: true }, { name: 'mergeKey' }],
  call: (args, context) => {
    const input = args.stream()
    const fn = args.function('fn')
    const vectorised = fn instanceof ClosureFunction && fn.vectorised !== null
    const mayLoseRows = vectorised && isChoiceOfLiterals(fn.expression.body)
    return makeStream(context, 'map', function* () {
      const groups = new Map<string, OutputGroup>()
      try {
        const evaluator = rowEvaluator(fn, context, 'r', vectorised ? 'vector' : 'row')
        for (const table of input.tables()) {
          if (table.length === 0) continue
          const at = evaluator(table)
          const rows = new MappedRows(table, vectorised)
          for (let i = 0; i < table.length; i++) rows.add(at(i))
          if (mayLoseRows && rows.isOneRowRepeated()) throw new UnsupportedError(lostRows)
          context.budget.charge(table.length, table.length * 24)
          rows.intoGroups(groups)
        }
      } catch (error) {
        throw explained(error, vectorised)
      }
      for (const { key, parts } of [...groups.values()].sort((a, b) => a.key.compare(b.key))) yield joined(key, parts)
    })
  },
})

/**
 * InfluxDB loses the rows of such a table without a word: where every branch taken is the same literal, its columns have no length.
 * An answer with the rows would differ from InfluxDB's, one without them is wrong.
 */
const lostRows =
  'map to literals alone, where all rows of a table come out the same (InfluxDB loses such rows: add "r with", or a column of the input),'

/** Whether a body is a record of literals, chosen by conditions or not: no column of the input goes into it. */
function isChoiceOfLiterals(body: Expression | readonly Statement[]): boolean {
  if ('length' in body || body.kind !== 'record' || body.with !== null) return false
  const isLiteral = (node: Expression): boolean => {
    if (node.kind === 'conditional') return isLiteral(node.consequent) && isLiteral(node.alternate)
    return node.kind === 'literal' || (node.kind === 'unary' && isLiteral(node.argument))
  }
  return (
    body.properties.every(({ value }) => isLiteral(value)) &&
    body.properties.some(({ value }) => value.kind === 'conditional')
  )
}

interface OutputGroup {
  readonly key: GroupKey
  readonly parts: Table[]
}

function explained(error: unknown, vectorised: boolean): unknown {
  if (
    !(error instanceof FluxError) ||
    error.positioned ||
    error.code === 'canceled' ||
    error.code === 'resource exhausted'
  )
    return error
  if (error instanceof NotATableCell) return error
  if (vectorised)
    return new FluxError(error.code, `runtime error: ${error.message}`, { cause: error, positioned: true })
  return new FluxError(error.code, `failed to evaluate map function: ${error.message}`, { cause: error })
}

class NotATableCell extends FluxError {}

/** The rows of one input table after the function. */
class MappedRows {
  readonly #builders = new Map<string, { type: ColumnType | undefined; readonly cells: Cell[] }>()
  #length = 0

  constructor(
    readonly input: Table,
    /** A vectorised map keeps the order of `with`; a row-wise one sorts its columns. */
    readonly keepsOrder: boolean,
  ) {}

  add(value: Value): void {
    if (!(value instanceof FluxRecord))
      throw new NotATableCell('invalid', `map function must return an object, got ${kindOf(value)}`)
    for (const [label, member] of value.members) {
      const cell = cellOf(member)
      if (cell === undefined)
        throw new NotATableCell(
          'invalid',
          `map object property "${label}" is ${kindOf(member)} type which is not supported in a flux table`,
        )
      let builder = this.#builders.get(label)
      if (builder === undefined) this.#builders.set(label, (builder = { type: cell.type, cells: [] }))
      builder.type ??= cell.type
      if (cell.type !== undefined && cell.type !== builder.type)
        throw new NotATableCell(
          'invalid',
          `map regroups records such that column ${label} would include values of two different data types: ${builder.type}, ${cell.type}`,
        )
      while (builder.cells.length < this.#length) builder.cells.push(null)
      builder.cells.push(cell.cell)
    }
    this.#length++
  }

  /** Whether all rows are equal. */
  isOneRowRepeated(): boolean {
    return [...this.#builders.values()].every(({ cells }) => cells.every((cell) => cell === cells[0]))
  }

  /** Adds the rows to the groups they belong to: the key columns that still exist, with their new values. */
  intoGroups(groups: Map<string, OutputGroup>): void {
    const labels = [...this.#builders.keys()]
    if (!this.keepsOrder) labels.sort()
    const columns = labels.flatMap((label) => {
      const { type, cells } = this.#builders.get(label)!
      if (type === undefined) return [] // a null of unknown type is no column
      const builder = new ColumnBuilder(label, type, this.#length)
      for (let i = 0; i < this.#length; i++) builder.push(cells[i] ?? null)
      return [builder.build()]
    })
    const keyColumns = this.input.key.labels.flatMap((label) => columns.find((column) => column.label === label) ?? [])
    const whole = new Table(GroupKey.empty, columns, this.#length)
    const rowsOf = new Map<string, { readonly key: GroupKey; readonly rows: number[] }>()
    for (let i = 0; i < this.#length; i++) {
      const cells = keyColumns.map((column) => column.at(i))
      const id = cells.map((cell) => `${typeof cell}${String(cell)}`).join('\u0000')
      let part = rowsOf.get(id)
      if (part === undefined) {
        const key = new GroupKey(keyColumns.map(({ label, type }, c) => ({ label, type, value: cells[c]! })))
        rowsOf.set(id, (part = { key, rows: [] }))
      }
      part.rows.push(i)
    }
    for (const { key, rows } of rowsOf.values()) {
      const table = rows.length === this.#length ? whole : whole.take(Int32Array.from(rows))
      const part = new Table(key, table.columns, table.length)
      const group = groups.get(key.id)
      if (group === undefined) groups.set(key.id, { key, parts: [part] })
      else group.parts.push(part)
    }
  }
}

/** Tables of one key, one after the other; a column that one of them lacks is null there. */
function joined(key: GroupKey, parts: readonly Table[]): Table {
  if (parts.length === 1) return parts[0]!
  const types = new Map<string, ColumnType>()
  for (const part of parts)
    for (const { label, type } of part.columns) {
      const known = types.get(label)
      if (known === undefined) types.set(label, type)
      else if (known !== type)
        throw new FluxError(
          'invalid',
          `map regroups records such that column ${label} would include values of two different data types: ${known}, ${type}`,
        )
    }
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const columns = [...types].map(([label, type]) => {
    const builder = new ColumnBuilder(label, type, length)
    for (const part of parts) {
      const column = part.column(label)
      if (column !== undefined) builder.append(column)
      else for (let i = 0; i < part.length; i++) builder.push(null)
    }
    return builder.build()
  })
  return new Table(key, columns, length)
}
