import type { Arguments } from '../arguments.ts'
import { kindOf } from '../arguments.ts'
import type { Column } from '../column.ts'
import { FluxError, UnsupportedError } from '../errors.ts'
import { ClosureFunction } from '../interpret/functions.ts'
import { findBucket, type ReadSpec } from '../read-stream.ts'
import { membersUsed, rowEvaluator } from '../row-function.ts'
import type { PointToWrite } from '../source.ts'
import { positioned, TableStream } from '../stream.ts'
import type { Table } from '../table.ts'
import { type FluxFunction, FluxRecord, Null, UInt, type Value } from '../values.ts'
import { type CallContext, define } from './define.ts'

type FieldValue = PointToWrite['fields'][number][1]

/** Turns one table into points: called once per table, then once per row; null for a row that is no point. */
export type PointMaker = (table: Table) => (row: number) => PointToWrite | null

const rowsPerWrite = 10_000

/** Writes rows as points, and passes its input through. */
export default define({
  package: '',
  name: 'to',
  parameters: [
    { name: 'tables', pipe: true },
    { name: 'bucket' },
    { name: 'bucketID' },
    { name: 'org' },
    { name: 'orgID' },
    { name: 'timeColumn' },
    { name: 'measurementColumn' },
    { name: 'tagColumns' },
    { name: 'fieldFn' },
  ],
  note: 'writes to this store only: host and token are refused, and an organization other than the script’s own',
  call: (args, context) => {
    const timeColumn = args.optional('timeColumn', args.string) ?? '_time'
    const measurementColumn = args.optional('measurementColumn', args.string) ?? '_measurement'
    const tagColumns = args.optional('tagColumns', args.strings)
    const fieldFn = args.optional('fieldFn', args.function)
    const points: PointMaker = (table) => {
      const columns = pointColumns(table, measurementColumn, timeColumn)
      const fieldsOf = fieldFn === undefined ? ownField(table) : computedFields(fieldFn, context)(table)
      const used = fieldFn instanceof ClosureFunction ? (membersUsed(fieldFn, 'r') ?? []) : []
      const reserved = ['_measurement', '_field', '_value', measurementColumn, ...used]
      const tags =
        tagColumns ??
        table.columns
          .filter(({ label, type }) => type === 'string' && !reserved.includes(label))
          .map(({ label }) => label)
      const tagsOf = tagReader(table, tags)
      return (row) => pointOf(columns, row, tagsOf, fieldsOf)
    }
    return written(args, context, 'to', timeColumn, points)
  },
})

/** A stream that writes what passes through it, and drops rows without a time. What storage refuses is told after the last row. */
export function written(
  args: Arguments,
  context: CallContext,
  operator: string,
  timeColumn: string,
  points: PointMaker,
): TableStream {
  const bucket = target(args)
  const input = args.stream()
  const origin = { name: context.callName ?? 'to', location: context.location }
  const stream = new TableStream(function* () {
    try {
      checkOrganization(args, context)
      const bucketId = findBucket(context, bucket, 'writable')
      let refused: string | null = null
      for (const table of input.tables()) {
        context.budget.check()
        refused = writeTable(table, points, (batch) => context.source.write(bucketId, batch)) ?? refused
        yield withoutGaps(table, timeColumn)
      }
      if (refused !== null) throw new FluxError('invalid', refused, { positioned: true })
    } catch (error) {
      throw positioned(error, origin)
    }
  }, origin)
  context.addResult(operator, stream, 'effect')
  return stream
}

function target(args: Arguments): ReadSpec['bucket'] {
  const name = args.optional('bucket', args.string)
  return name === undefined ? { id: args.string('bucketID') } : { name }
}

/** A script writes where it runs: its own organization may be named, by name or id. @throws UnsupportedError for another */
function checkOrganization(args: Arguments, context: CallContext): void {
  const buckets = context.source.buckets()
  for (const name of ['org', 'orgID']) {
    const asked = args.optional(name, args.string)
    if (asked === undefined || buckets.some(({ orgId, orgName }) => asked === orgId || asked === orgName)) continue
    throw new UnsupportedError(`${args.functionName}(${name}: another organization)`)
  }
}

/** @returns the first refusal of storage, or null */
function writeTable(
  table: Table,
  points: PointMaker,
  write: (batch: readonly PointToWrite[]) => string | null,
): string | null {
  const pointAt = points(table)
  let refused: string | null = null
  let batch: PointToWrite[] = []
  const flush = (): void => {
    if (batch.length === 0) return
    refused ??= write(batch)
    batch = []
  }
  for (let row = 0; row < table.length; row++) {
    const point = pointAt(row)
    if (point !== null) batch.push(point)
    if (batch.length >= rowsPerWrite) flush()
  }
  flush()
  return refused
}

function withoutGaps(table: Table, timeColumn: string): Table {
  const time = table.column(timeColumn)
  if (time === undefined || time.nulls === null) return table
  const rows = Array.from({ length: table.length }, (_, row) => row).filter((row) => !time.isNull(row))
  return rows.length === table.length ? table : table.take(Int32Array.from(rows))
}

export interface PointColumns {
  readonly measurement: Column
  readonly time: Column
}

export function pointColumns(table: Table, measurementColumn = '_measurement', timeColumn = '_time'): PointColumns {
  const measurement = table.column(measurementColumn)
  if (measurement === undefined) throw new FluxError('invalid', `no column with label ${measurementColumn} exists`)
  if (measurement.type !== 'string')
    throw new FluxError('invalid', `column ${measurementColumn} of type ${measurement.type} is not of type string`)
  const time = table.column(timeColumn)
  if (time === undefined || time.type !== 'time') throw new FluxError('invalid', 'no time column detected')
  return { measurement, time }
}

/** The point of a row; null when it has no time, no measurement or no field. */
export function pointOf(
  { measurement, time }: PointColumns,
  row: number,
  tagsOf: (row: number) => PointToWrite['tags'],
  fieldsOf: (row: number) => PointToWrite['fields'],
): PointToWrite | null {
  const timeNs = time.at(row)
  const name = measurement.at(row)
  if (timeNs === null || name === null || name === '') return null
  const fields = fieldsOf(row)
  if (fields.length === 0) return null
  return { measurement: name as string, tags: tagsOf(row), fields, timeNs: timeNs as bigint }
}

/** Tags of a row; a gap or an empty text is no tag. */
export function tagReader(table: Table, labels: readonly string[]): (row: number) => PointToWrite['tags'] {
  const columns = labels.flatMap((label) => table.column(label) ?? [])
  for (const { label, type } of columns)
    if (type !== 'string') throw new FluxError('invalid', `tag column ${label} is of type ${type}, not string`)
  return (row) =>
    columns.flatMap((column) => {
      const value = column.at(row)
      return value === null || value === '' ? [] : [[column.label, value as string] as const]
    })
}

/** `_field` names the one field, `_value` holds it. */
function ownField(table: Table): (row: number) => PointToWrite['fields'] {
  const field = table.column('_field')
  if (field === undefined) throw new FluxError('invalid', 'table has no _field column')
  const value = table.column('_value')
  if (value === undefined) throw new FluxError('invalid', 'table has no _value column')
  const read = fieldReader(value)
  return (row) => {
    const name = field.at(row)
    const own = read(row)
    return name === null || name === '' || own === null ? [] : [[name as string, own]]
  }
}

export function fieldReader(column: Column): (row: number) => FieldValue | null {
  if (column.type === 'time') throw new FluxError('invalid', `column ${column.label} of type time cannot be a field`)
  if (column.type === 'uint')
    return (row) => {
      const value = column.at(row)
      return value === null ? null : { uint: value as bigint }
    }
  return (row) => column.at(row)
}

function computedFields(
  fn: FluxFunction,
  context: CallContext,
): (table: Table) => (row: number) => PointToWrite['fields'] {
  const evaluator = rowEvaluator(fn, context)
  return (table) => {
    const at = evaluator(table)
    return (row) => {
      const record = at(row)
      if (!(record instanceof FluxRecord))
        throw new FluxError('invalid', `fieldFn must return a record, got ${kindOf(record)}`)
      return [...record.members].flatMap(([name, value]) => {
        const field = fieldOf(name, value)
        return field === null ? [] : [[name, field] as const]
      })
    }
  }
}

function fieldOf(name: string, value: Value): FieldValue | null {
  if (typeof value !== 'object') return value
  if (value instanceof Null) return null
  if (value instanceof UInt) return { uint: value.value }
  throw new FluxError('invalid', `field ${name} of type ${kindOf(value)} cannot be written`)
}
