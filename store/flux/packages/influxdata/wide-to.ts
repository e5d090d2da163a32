import type { Arguments } from '../../arguments.ts'
import type { CallContext } from '../../universe/define.ts'
import { type Builtin, define } from '../../universe/define.ts'
import { fieldReader, type PointMaker, pointColumns, pointOf, tagReader, written } from '../../universe/to.ts'

/** Strings of the group key are tags; every column that is neither in the key nor a time is a field. */
const points: PointMaker = (table) => {
  const columns = pointColumns(table)
  const tags = table.key.columns.filter(({ label, type }) => type === 'string' && label !== '_measurement')
  const tagsOf = tagReader(
    table,
    tags.map(({ label }) => label),
  )
  const fields = table.columns
    .filter(({ label, type }) => !table.key.has(label) && type !== 'time' && label !== '_measurement')
    .map((column) => ({ label: column.label, read: fieldReader(column) }))
  return (row) =>
    pointOf(columns, row, tagsOf, (at) =>
      fields.flatMap(({ label, read }) => {
        const value = read(at)
        return value === null ? [] : [[label, value] as const]
      }),
    )
}

const call = (args: Arguments, context: CallContext) => written(args, context, 'wide-to', '_time', points)
const row = (path: string, name: string): Builtin =>
  define({
    package: path,
    name,
    parameters: [
      { name: 'tables', pipe: true },
      { name: 'bucket' },
      { name: 'bucketID' },
      { name: 'org' },
      { name: 'orgID' },
    ],
    note: 'writes to this store only: host and token are refused, and an organization other than the script’s own',
    call,
  })

export const wideTo = row('influxdata/influxdb', 'wideTo')
export const experimentalTo = row('experimental', 'to')
