import type { Arguments } from '../arguments.ts'
import { kindOf } from '../arguments.ts'
import { FluxError } from '../errors.ts'
import { TableRow } from '../row-function.ts'
import type { Table } from '../table.ts'
import { FluxArray, FluxRecord, Null, TableValue, type Value, valueOfCell } from '../values.ts'
import { type CallContext, define } from './define.ts'

/** Runs the stream now and gives its first table whose key fits; undefined when none does. */
function findTable(args: Arguments, context: CallContext): Table | undefined {
  const fn = args.function('fn')
  for (const table of args.stream().tables()) {
    const key = new FluxRecord(
      new Map(table.key.columns.map(({ label, type, value }) => [label, valueOfCell(type, value)])),
    )
    const fits = fn.call(new Map<string, Value>([['key', key]]), context)
    if (typeof fits !== 'boolean' && !(fits instanceof Null))
      throw new FluxError('invalid', `expected bool but found ${kindOf(fits)}`)
    if (fits === true) return table
  }
  return undefined
}

const columnValues = (table: Table, label: string): FluxArray => {
  const column = table.column(label)
  if (column === undefined) throw new FluxError('invalid', `cannot find column ${label}`)
  return new FluxArray(Array.from({ length: table.length }, (_, i) => valueOfCell(column.type, column.at(i))))
}

const rowRecord = (table: Table, index: bigint): FluxRecord => {
  if (index < 0n || index >= BigInt(table.length)) throw new FluxError('invalid', `index out of bounds: ${index}`)
  const row = new TableRow(table)
  row.row = Number(index)
  return new FluxRecord(new Map(row.members))
}

const tableOf = (args: Arguments): Table => {
  const value = args.value('table')
  if (value instanceof TableValue) return value.table
  throw new FluxError('invalid', `keyword argument "table" should be of kind table, but got ${kindOf(value)}`)
}

const find = [
  { name: 'tables', pipe: true },
  { name: 'fn', required: true },
]

export const tableFind = define({
  package: '',
  name: 'tableFind',
  parameters: find,
  call: (args, context) => {
    const table = findTable(args, context)
    if (table === undefined) throw new FluxError('not found', 'no table found')
    return new TableValue(table)
  },
})

export const getColumn = define({
  package: '',
  name: 'getColumn',
  parameters: [
    { name: 'table', pipe: true },
    { name: 'column', required: true },
  ],
  call: (args) => columnValues(tableOf(args), args.string('column')),
})

export const getRecord = define({
  package: '',
  name: 'getRecord',
  parameters: [
    { name: 'table', pipe: true },
    { name: 'idx', required: true },
  ],
  call: (args) => rowRecord(tableOf(args), args.int('idx')),
})

export const findColumn = define({
  package: '',
  name: 'findColumn',
  parameters: [...find, { name: 'column', required: true }],
  call: (args, context) => {
    const table = findTable(args, context)
    return table?.column(args.string('column')) === undefined
      ? new FluxArray([])
      : columnValues(table, args.string('column'))
  },
})

export const findRecord = define({
  package: '',
  name: 'findRecord',
  parameters: [...find, { name: 'idx', required: true }],
  call: (args, context) => {
    const table = findTable(args, context)
    const index = args.int('idx')
    return table === undefined || index < 0n || index >= BigInt(table.length)
      ? new FluxRecord(new Map())
      : rowRecord(table, index)
  },
})
