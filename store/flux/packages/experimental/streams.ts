import { Column } from '../../column.ts'
import { FluxError, UnsupportedError } from '../../errors.ts'
import { makeStream } from '../../stream.ts'
import type { Table } from '../../table.ts'
import { type Builtin, define } from '../../universe/define.ts'
import { cellOf, FluxArray } from '../../values.ts'
import { regrouped } from '../regroup.ts'

const tables = { name: 'tables', pipe: true }

/** Adds columns to the group key. */
const group = define({
  package: 'experimental',
  name: 'group',
  parameters: [tables, { name: 'columns', required: true }, { name: 'mode', required: true }],
  call: (args, context) => {
    const input = args.stream()
    const columns = args.strings('columns')
    const mode = args.string('mode')
    if (mode !== 'extend')
      throw new FluxError('invalid', `invalid group mode "${mode}"; experimental.group requires mode "extend"`)
    return makeStream(context, 'group', function* () {
      yield* regrouped(input.tables(), ({ key }) => [
        ...key.labels,
        ...columns.filter((label, i) => !key.has(label) && columns.indexOf(label) === i),
      ])
    })
  },
})

/** Gives columns one value in every row; a column of the group key changes the key. */
const set = define({
  package: 'experimental',
  name: 'set',
  parameters: [tables, { name: 'o', required: true }],
  call: (args, context) => {
    const input = args.stream()
    const values = [...args.record('o').members].map(([label, value]) => {
      const cell = cellOf(value)
      if (cell?.type === undefined) throw new FluxError('invalid', `cannot set column "${label}" to such a value`)
      return { label, type: cell.type, cell: cell.cell }
    })
    const changed = (table: Table): Table => {
      const kept = table.columns.filter(({ label }) => !values.some((value) => value.label === label))
      const added = values.map(({ label, type, cell }) => Column.constant(label, type, cell, table.length))
      return table.with([...kept, ...added])
    }
    return makeStream(context, 'set', function* () {
      const all = [...input.tables()]
      if (values.every(({ label }) => !all.some(({ key }) => key.has(label)))) yield* all.map(changed)
      else yield* regrouped(all.map(changed), ({ key }) => key.labels)
    })
  },
})

/** Moves times so that every table begins at an instant. */
const alignTime = define({
  package: 'experimental',
  name: 'alignTime',
  parameters: [tables, { name: 'alignTo' }],
  call: (args, context) => {
    const input = args.stream()
    const to = args.optional('alignTo', args.time)?.ns ?? 0n
    return makeStream(context, 'alignTime', function* () {
      for (const table of input.tables()) {
        if (table.length === 0) continue
        const time = timesOf(table)
        const first = time[0]!
        const moved = Column.of(
          '_time',
          'time',
          time.map((ns) => to + ns - first),
        )
        yield table.with(table.columns.map((column) => (column.label === '_time' ? moved : column)))
      }
    })
  },
})

function timesOf(table: Table): BigInt64Array {
  const column = table.column('_time')
  if (column === undefined || column.type !== 'time') throw new FluxError('invalid', 'column "_time" does not exist')
  if (column.nulls?.includes(1) || table.key.has('_time')) throw new UnsupportedError('alignTime of such a time column')
  const times = column.data as BigInt64Array
  for (let i = 1; i < table.length; i++)
    if (times[i]! < times[i - 1]!) throw new FluxError('invalid', 'got an out-of-order timestamp')
  return times
}

/** A few rows of a few tables. */
const preview = define({
  package: 'experimental',
  name: 'preview',
  parameters: [tables, { name: 'nrows' }, { name: 'ntables' }],
  call: (args, context) => {
    const input = args.stream()
    const rows = Number(args.optional('nrows', args.int) ?? 5n)
    const count = Number(args.optional('ntables', args.int) ?? 5n)
    return makeStream(context, 'preview', function* () {
      if (count <= 0) return
      let given = 0
      for (const table of input.tables()) {
        yield table.length > rows ? table.slice(0, Math.max(0, rows)) : table
        if (++given >= count) return
      }
    })
  },
})

/** Computes one stream to its end, then gives the other. */
const chain = define({
  package: 'experimental',
  name: 'chain',
  parameters: [
    { name: 'first', required: true },
    { name: 'second', required: true },
  ],
  call: (args) => {
    for (const table of args.stream('first').tables()) void table.length
    return args.stream('second')
  },
})

/** The labels of a record, in the order in which they are written. */
const objectKeys = define({
  package: 'experimental',
  name: 'objectKeys',
  parameters: [{ name: 'o', required: true }],
  call: (args) => new FluxArray([...args.record('o').members.keys()]),
})

export const experimentalStreams: readonly Builtin[] = [group, set, alignTime, preview, chain, objectKeys]
