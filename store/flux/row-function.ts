import { kindOf } from './arguments.ts'
import type { Column } from './column.ts'
import { FluxError, withoutCalls } from './errors.ts'
import { ClosureFunction } from './interpret/functions.ts'
import type { Expression } from './syntax/tree.ts'
import type { Table } from './table.ts'
import type { CallContext } from './universe/define.ts'
import { type FluxFunction, FluxRecord, Null, type Value, valueOfCell } from './values.ts'

/** A row of a table as a record: one object moves over all rows, so a member costs a column access and nothing else. */
export class TableRow extends FluxRecord {
  row = 0
  readonly #columns: ReadonlyMap<string, Column>

  constructor(readonly table: Table) {
    super(null)
    this.#columns = new Map(table.columns.map((column) => [column.label, column]))
  }
  override get members(): ReadonlyMap<string, Value> {
    const members = new Map<string, Value>()
    for (const [label, column] of this.#columns) members.set(label, valueOfCell(column.type, column.at(this.row)))
    return members
  }
  override get(name: string): Value | undefined {
    const column = this.#columns.get(name)
    return column === undefined ? undefined : valueOfCell(column.type, column.at(this.row))
  }
}

/**
 * A function of one row made ready for many: `rowEvaluator(fn, context)(table)(i)` is fn of row i of the table. The record that
 * the function gets is valid during the call only. A column that the table lacks is a null.
 */
export function rowEvaluator(
  fn: FluxFunction,
  context: CallContext,
  parameter = 'r',
  logic: 'row' | 'vector' = 'row',
): (table: Table) => (row: number) => Value {
  if (fn instanceof ClosureFunction) {
    const slot = fn.parameters.indexOf(parameter)
    if (slot === -1) throw new FluxError('invalid', `the function has no parameter ${parameter}`)
    const body = logic === 'vector' && fn.vectorised !== null ? fn.vectorised : fn.body
    return (table) => {
      const row = new TableRow(table)
      const frame = fn.enter(new Map([[parameter, row]]))
      return (i) => {
        row.row = i
        try {
          return body(frame)
        } catch (error) {
          throw withoutCalls(error)
        }
      }
    }
  }
  return (table) => {
    const row = new TableRow(table)
    const args = new Map<string, Value>([[parameter, row]])
    return (i) => {
      row.row = i
      return fn.call(args, context)
    }
  }
}

/**
 * As `rowEvaluator`, for conditions. null where the condition is null.
 * @throws FluxError when the function answers something else than a bool
 */
export function rowPredicate(
  fn: FluxFunction,
  context: CallContext,
  parameter = 'r',
): (table: Table) => (row: number) => boolean | null {
  const evaluate = rowEvaluator(fn, context, parameter)
  const used = fn instanceof ClosureFunction ? membersUsed(fn, parameter) : null
  return (table) => {
    const at = evaluate(table)
    const read = (i: number): boolean | null => {
      const value = at(i)
      if (typeof value === 'boolean') return value
      if (value instanceof Null) return null
      throw new FluxError('invalid', `expected bool but found ${kindOf(value)}`)
    }
    // A condition on columns that are the same in every row has one answer for the whole table.
    if (
      used === null ||
      table.length === 0 ||
      !used.every((label) => table.column(label)?.constant !== undefined || table.column(label) === undefined)
    )
      return read
    const answer = read(0)
    return () => answer
  }
}

/** Labels of the record that a function reads, or null when it uses the record as a whole. */
export function membersUsed(fn: ClosureFunction, parameter: string): readonly string[] | null {
  const { body } = fn.expression
  if (Array.isArray(body)) return null
  const labels = new Set<string>()
  let whole = false
  const visit = (node: Expression): void => {
    if (node.kind === 'identifier') whole ||= node.name === parameter
    else if (node.kind === 'member' && node.object.kind === 'identifier' && node.object.name === parameter)
      labels.add(node.name)
    else if (node.kind === 'record' || node.kind === 'function' || node.kind === 'dict') whole = true
    else for (const child of childrenOf(node)) visit(child)
  }
  visit(body as Expression)
  return whole ? null : [...labels]
}

/** Expressions directly inside one that makes no scope and no record of its own. */
function childrenOf(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case 'member':
      return [node.object]
    case 'unary':
      return [node.argument]
    case 'binary':
    case 'logical':
      return [node.left, node.right]
    case 'conditional':
      return [node.test, node.consequent, node.alternate]
    case 'interpolation':
      return node.parts.filter((part): part is Expression => typeof part !== 'string')
    case 'call':
      return [node.callee, ...(node.piped === null ? [] : [node.piped]), ...node.arguments.map(({ value }) => value)]
    case 'index':
      return [node.object, node.index]
    case 'array':
      return node.elements
    default:
      return []
  }
}
