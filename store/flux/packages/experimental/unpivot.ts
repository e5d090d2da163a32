import { Column } from '../../column.ts'
import { FluxError, UnsupportedError } from '../../errors.ts'
import { GroupKey } from '../../group-key.ts'
import { makeStream } from '../../stream.ts'
import { Table } from '../../table.ts'
import { define } from '../../universe/define.ts'
import { regrouped } from '../regroup.ts'

/** Columns that are neither in the group key nor named become rows: their labels in `_field`, their cells in `_value`. */
export default define({
  package: 'experimental',
  name: 'unpivot',
  parameters: [{ name: 'tables', pipe: true }, { name: 'otherColumns' }],
  note: 'gaps are refused',
  call: (args, context) => {
    const input = args.stream()
    const others = args.optional('otherColumns', args.strings) ?? ['_time']
    return makeStream(context, 'unpivot', function* () {
      const parts: Table[] = []
      for (const table of input.tables()) {
        context.budget.charge(table.length * table.columns.length, table.length * table.columns.length * 16)
        parts.push(...fieldsOf(table, others))
      }
      yield* regrouped(parts, ({ key }) => key.labels)
    })
  },
})

function fieldsOf(table: Table, others: readonly string[]): Table[] {
  const kept = others.map((label) => {
    const column = table.column(label)
    if (column === undefined) throw new FluxError('invalid', `unpivot could not find column named "${label}"`)
    return column
  })
  if (['_field', '_value'].some((label) => table.key.has(label) || others.includes(label)))
    throw new UnsupportedError('unpivot of tables that have the column _field or _value')
  const keys = table.key.columns.map(({ label, type, value }) => Column.constant(label, type, value, table.length))
  return table.columns
    .filter(({ label }) => !table.key.has(label) && !others.includes(label))
    .map((column) => {
      if (column.nulls?.includes(1)) throw new UnsupportedError('unpivot of a column with gaps')
      const key = new GroupKey([...table.key.columns, { label: '_field', type: 'string', value: column.label }])
      return new Table(
        key,
        [
          ...keys,
          Column.constant('_field', 'string', column.label, table.length),
          ...kept.filter(({ label }) => !table.key.has(label)),
          column.rename('_value'),
        ],
        table.length,
      )
    })
}
