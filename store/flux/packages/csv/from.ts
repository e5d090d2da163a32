import { decodeCsv, QueryFailed } from '../../../../lib/annotated-csv/decode.ts'
import { readRecords } from '../../../../lib/annotated-csv/records.ts'
import type { CsvTable } from '../../../../lib/annotated-csv/table.ts'
import { Column } from '../../column.ts'
import { FluxError } from '../../errors.ts'
import { GroupKey } from '../../group-key.ts'
import { makeStream } from '../../stream.ts'
import { Table } from '../../table.ts'
import { define } from '../../universe/define.ts'

export default define({
  package: 'csv',
  name: 'from',
  parameters: [{ name: 'csv' }, { name: 'mode' }],
  note: 'reads the text in `csv`; `file` and `url` are refused',
  call: (args, context) => {
    if (!args.has('csv')) throw new FluxError('invalid', 'must provide csv raw text or filename')
    const text = args.string('csv')
    const mode = args.optional('mode', args.string) ?? 'annotations'
    if (mode !== 'annotations' && mode !== 'raw')
      throw new FluxError('invalid', `mode must be "annotations" or "raw", got ${JSON.stringify(mode)}`)
    return makeStream(context, 'from', function* () {
      try {
        if (mode === 'raw') yield* rawTables(text)
        else for (const table of decodeCsv(text)) yield tableOf(table)
      } catch (error) {
        throw explained(error)
      }
    })
  },
})

/** Text that is no CSV is the script's mistake; InfluxDB names the function, without a position. */
function explained(error: unknown): unknown {
  if (!(error instanceof SyntaxError) && !(error instanceof QueryFailed)) return error
  const reason = error.message.replace(/^line \d+: (?=missing expected annotation)/, '')
  const metadata = reason.startsWith('missing expected annotation')
  return new FluxError(
    'invalid',
    metadata
      ? `error in csv.from(): failed to read metadata: ${reason}. consider using the mode: "raw" for csv that is not expected to have annotations.`
      : `error in csv.from(): ${reason}`,
    { cause: error, positioned: true },
  )
}

const tableOf = ({ key, columns, length }: CsvTable): Table => {
  const own = columns.map(({ label, type, at }) =>
    Column.from(
      label,
      type,
      Array.from({ length }, (_, row) => at(row)),
    ),
  )
  const types = new Map(columns.map(({ label, type }) => [label, type]))
  const keyColumns = key.columns.map(({ label, value }) => ({ label, type: types.get(label)!, value }))
  return new Table(new GroupKey(keyColumns), own, length)
}

/** A header line, then rows of strings; one table without a key. */
function* rawTables(text: string): Iterable<Table> {
  const [header, ...rows] = [...readRecords(text)].filter(({ cells }) => cells.length > 0)
  if (header === undefined) return
  for (const { cells, line } of rows)
    if (cells.length !== header.cells.length) throw new SyntaxError(`record on line ${line}: wrong number of fields`)
  const columns = header.cells.map((label, i) =>
    Column.from(
      label,
      'string',
      rows.map(({ cells }) => cells[i]!),
    ),
  )
  yield new Table(GroupKey.empty, columns, rows.length)
}
