import { UsageError } from '../../lib/errors.ts'
import { formatInstant } from '../../lib/time/instant.ts'
import { csvRecords } from '../import/csv-records.ts'
import { expectedTime } from '../import/file-shape.ts'
import { calledAlike, repeatedNames } from '../import/header.ts'
import { timeReader } from '../import/read-time.ts'
import { breakOff, UnreadableText } from '../import/texts-of.ts'
import { type ContextColumn, type ContextMapping, contextColumns, isNeeded } from './mapping.ts'

/** An interval as the API takes it. */
export interface ContextRow {
  readonly machine: string
  readonly from: string
  readonly to?: string
  readonly lot?: string
  readonly product?: string
  readonly operator?: string
  readonly order?: string
}

export interface ReadContext {
  readonly rows: readonly ContextRow[]
  /** Line of each row in the file. */
  readonly lines: readonly number[]
  /** `file:line: what is wrong` */
  readonly faults: readonly string[]
}

const valueColumns = ['lot', 'product', 'operator', 'order'] as const
const controlCharacters = /[\u0000-\u001f\u007f]/

/** Reads what ran when out of a CSV file. @throws UsageError for a file that has no such columns, or cannot be read */
export async function readContextRows(path: string, mapping: ContextMapping): Promise<ReadContext> {
  const timeOf = timeReader(mapping.time.format, mapping.time.zone)
  const rows: ContextRow[] = []
  const lines: number[] = []
  const faults: string[] = []
  let at: Partial<Record<ContextColumn, number>> | null = null
  let columns = 0
  try {
    for await (const records of csvRecords(path, mapping.delimiter, () => {}, mapping.encoding))
      for (const { cells, line } of records) {
        if (at === null) {
          at = columnsOf(cells, line, path, mapping)
          columns = cells.length
          continue
        }
        const cell = (column: ContextColumn): string =>
          at?.[column] === undefined ? '' : (cells[at[column]] ?? '').trim()
        const fault = (what: string): void => void faults.push(`${path}:${line}: ${what}`)
        const noTime = (column: 'from' | 'to'): void =>
          fault(
            `"${cell(column)}" is no time (${mapping.columns[column]}; expected: ${expectedTime(mapping.time)}; the mapping may say another format)`,
          )
        const machine = cell('machine')
        const values = Object.fromEntries(
          valueColumns.flatMap((column) => (cell(column) === '' ? [] : [[column, cell(column)]])),
        )
        const from = timeOf(cell('from'))
        const to = cell('to') === '' ? null : timeOf(cell('to'))
        const odd = [machine, ...Object.values(values)].find(
          (text) => controlCharacters.test(text) || text.endsWith('\\'),
        )
        if (cells.length !== columns) fault(`${cells.length} columns, but the header has ${columns}`)
        else if (machine === '') fault('there is no machine')
        else if (Object.keys(values).length === 0) fault('neither lot, product, operator nor order is said')
        else if (odd !== undefined) fault(`${JSON.stringify(odd)} holds a control character or ends with a backslash`)
        else if (from === null) noTime('from')
        else if (to === null && cell('to') !== '') noTime('to')
        else if (to !== null && to <= from) fault('the interval ends at or before its start')
        else {
          rows.push({
            machine,
            ...values,
            from: formatInstant(from),
            ...(to === null ? {} : { to: formatInstant(to) }),
          })
          lines.push(line)
        }
      }
  } catch (error) {
    if (error instanceof UsageError) throw error
    if (error instanceof UnreadableText)
      return { rows, lines, faults: [...faults, `${path}:${error.line}: ${breakOff(error)}`] }
    const { code, message } = error as NodeJS.ErrnoException
    throw new UsageError(code === 'ENOENT' ? `there is no file ${path}` : `${path} cannot be read: ${message}`)
  }
  if (at === null) throw new UsageError(`${path} is empty`)
  return { rows, lines, faults }
}

function columnsOf(
  header: readonly string[],
  line: number,
  path: string,
  { columns, delimiter }: ContextMapping,
): Partial<Record<ContextColumn, number>> {
  const names = header.map((name) => name.trim())
  const repeated = repeatedNames(names)
  const alike = contextColumns.flatMap((column) => {
    const name = columns[column]
    const numbers = name === null ? undefined : repeated.get(name)
    return name === null || numbers === undefined
      ? []
      : [
          `${path}:${line}: ${calledAlike(name, numbers)}, where the ${column} would be: rename all but one in the file, or name another column by the mapping (--map), columns: { ${column}: … }`,
        ]
  })
  if (alike.length > 0) throw new UsageError(alike.join('\n'))
  const found = Object.fromEntries(
    contextColumns.flatMap((column) => {
      const name = columns[column]
      const at = name === null ? -1 : names.indexOf(name)
      return at === -1 ? [] : [[column, at]]
    }),
  ) as Partial<Record<ContextColumn, number>>
  // Without its "to" a file would say that everything still runs: a column that the mapping names is there, or named wrong.
  const missing = contextColumns.filter(
    (column) =>
      found[column] === undefined && columns[column] !== null && (isNeeded(column) || columns[column] !== column),
  )
  if (missing.length > 0)
    throw new UsageError(
      `${path}:${line}: no column ${missing.map((column) => `"${columns[column]}"`).join(' and no column ')} among ${names.join(', ')} (delimiter "${delimiter}"); --map says how the file looks`,
    )
  return found
}
