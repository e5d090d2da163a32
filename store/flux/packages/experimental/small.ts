import { Column } from '../../column.ts'
import { FluxError } from '../../errors.ts'
import { makeStream } from '../../stream.ts'
import { Table } from '../../table.ts'
import { type Builtin, type Constant, define } from '../../universe/define.ts'
import { FluxRecord } from '../../values.ts'

/** `experimental/table.fill`: an empty table gets one row, of its key's values and nulls. */
export const tableFill = define({
  package: 'experimental/table',
  name: 'fill',
  parameters: [{ name: 'tables', pipe: true }],
  call: (args, context) => {
    const input = args.stream()
    return makeStream(context, 'fill', function* () {
      for (const table of input.tables())
        yield table.length > 0
          ? table
          : new Table(
              table.key,
              table.columns.map(({ label, type }) =>
                Column.constant(label, type, table.key.column(label)?.value ?? null, 1),
              ),
              1,
            )
    })
  },
})

/** `experimental/record`: a member whose name is computed. */
export const recordFunctions: readonly (Builtin | Constant)[] = [
  { package: 'experimental/record', name: 'any', value: new FluxRecord(new Map()) },
  define({
    package: 'experimental/record',
    name: 'get',
    parameters: [
      { name: 'r', required: true },
      { name: 'key', required: true },
      { name: 'default', required: true },
    ],
    call: (args) => args.record('r').get(args.string('key')) ?? args.value('default'),
  }),
]

/** Secrets are not kept here: none is ever found. */
export const secret = define({
  package: 'influxdata/influxdb/secrets',
  name: 'get',
  parameters: [{ name: 'key', required: true }],
  note: 'finds no secret',
  call: () => {
    throw new FluxError('not found', 'secret not found')
  },
})
