import { UnsupportedError } from '../../errors.ts'
import { TableRow } from '../../row-function.ts'
import { makeStream, type TableStream } from '../../stream.ts'
import type { Table } from '../../table.ts'
import { type CallContext, define } from '../../universe/define.ts'
import type { Value } from '../../values.ts'
import { pairings } from '../join/merge.ts'
import { JoinedRows } from '../join/records.ts'

/** Rows of equal times, of tables with equal group keys. */
export default define({
  package: 'experimental',
  name: 'join',
  parameters: [
    { name: 'left', required: true },
    { name: 'right', required: true },
    { name: 'fn', required: true },
  ],
  note: 'a time that comes twice in a table, and a function that changes the group key, are refused',
  call: (args, context) => {
    const left = args.stream('left')
    const right = args.stream('right')
    const fn = args.function('fn')
    return makeStream(context, 'join', function* () {
      const partners = byKey(right, context)
      for (const table of byKey(left, context).values()) {
        const partner = partners.get(table.key.id)
        if (partner === undefined) continue
        const rows = new JoinedRows(table.key)
        const [l, r] = [new TableRow(table), new TableRow(partner)]
        const on = [{ left: '_time', right: '_time' }]
        for (const [i, j] of pairings(table, partner, on, { left: false, right: false })) {
          context.budget.charge(1, 32)
          l.row = i!
          r.row = j!
          rows.add(
            fn.call(
              new Map<string, Value>([
                ['left', l],
                ['right', r],
              ]),
              context,
            ),
          )
        }
        const joined = rows.table()
        if (joined !== null) yield joined
      }
    })
  },
})

function byKey(stream: TableStream, context: CallContext): Map<string, Table> {
  const tables = new Map<string, Table>()
  for (const table of stream.tables()) {
    context.budget.charge(table.length, table.length * 16)
    const times = table.column('_time')
    const seen = new Set(Array.from({ length: table.length }, (_, row) => times?.at(row)))
    if (seen.size !== table.length)
      throw new UnsupportedError('experimental.join of tables in which a time comes twice')
    tables.set(table.key.id, table)
  }
  return tables
}
