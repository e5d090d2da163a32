import { kindOf } from '../arguments.ts'
import { Column } from '../column.ts'
import { FluxError } from '../errors.ts'
import { GroupKey } from '../group-key.ts'
import { ClosureFunction } from '../interpret/functions.ts'
import { TableRow } from '../row-function.ts'
import { makeStream } from '../stream.ts'
import { Table } from '../table.ts'
import { cellOf, FluxRecord, Null, type Value } from '../values.ts'
import { define } from './define.ts'

export default define({
  package: '',
  name: 'reduce',
  parameters: [
    { name: 'tables', pipe: true },
    { name: 'fn', required: true },
    { name: 'identity', required: true },
  ],
  call: (args, context) => {
    const input = args.stream()
    const fn = args.function('fn')
    const identity = args.record('identity')
    return makeStream(context, 'reduce', function* () {
      const results = new Map<string, Table>()
      for (const table of input.tables()) {
        const row = new TableRow(table)
        let accumulator = identity
        try {
          for (let i = 0; i < table.length; i++) {
            row.row = i
            const values = new Map<string, Value>([
              ['r', row],
              ['accumulator', accumulator],
            ])
            const next = fn instanceof ClosureFunction ? fn.call(values) : fn.call(values, context)
            if (!(next instanceof FluxRecord))
              throw new FluxError('invalid', `reduce function must return an object, got ${kindOf(next)}`)
            accumulator = new FluxRecord(new Map(next.members))
          }
        } catch (error) {
          if (!(error instanceof FluxError) || error.positioned) throw error
          throw new FluxError(error.code, `failed to evaluate reduce function: ${error.message}`, { cause: error })
        }
        const reduced = oneRow(table, accumulator)
        if (results.has(reduced.key.id))
          throw new FluxError('invalid', 'two reducers writing result to the same table', { positioned: true })
        results.set(reduced.key.id, reduced)
      }
      yield* results.values()
    })
  },
})

/** Key columns and the accumulator's members, which win where both have a name. */
function oneRow(table: Table, accumulator: FluxRecord): Table {
  const members = [...accumulator.members].map(([label, value]) => {
    if (value instanceof Null)
      throw new FluxError('invalid', `null values are not supported for "${label}" in the reduce() function`)
    const cell = cellOf(value)
    if (cell?.type === undefined)
      throw new FluxError(
        'invalid',
        `reduce object property "${label}" is ${kindOf(value)} type which is not supported in a flux table`,
      )
    return { label, type: cell.type, value: cell.cell }
  })
  const inRecord = new Map(members.map((member) => [member.label, member]))
  const key = new GroupKey(table.key.columns.map((column) => inRecord.get(column.label) ?? column))
  const columns = [...key.columns, ...members.filter(({ label }) => !key.has(label))]
  return new Table(
    key,
    columns.map(({ label, type, value }) => Column.constant(label, type, value, 1)),
    1,
  )
}
