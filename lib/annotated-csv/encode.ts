import { cellWriter, quoted } from './cell-text.ts'
import type { Dialect } from './dialect.ts'
import { type CsvCell, type CsvTable, type CsvType, datatypeOf } from './table.ts'

const flushAtChars = 64 * 1024

/**
 * Writes results as InfluxDB writes them, byte for byte: CRLF line ends, a schema block (annotations, header) wherever the columns
 * change, tables numbered within each result, and a blank line at the end of each result.
 */
export class CsvEncoder {
  readonly #writers = new Map<CsvType, (cell: CsvCell) => string>()
  readonly #utf8 = new TextEncoder()

  constructor(readonly dialect: Dialect) {}

  /**
   * One result, in chunks of about 64 kB. A chunk is also handed over when the first table is complete, so that the caller knows
   * whether an error comes before any byte (an HTTP error) or after (see `error`).
   * @throws whatever the tables throw; nothing of the table that failed has been handed over then
   */
  *result(name: string, tables: Iterable<CsvTable>): Iterable<Uint8Array> {
    const { delimiter, annotations } = this.dialect
    let text = ''
    let id = 0
    let schema: string | null = null
    let wasEmpty = false
    const resultCell = annotations.includes('default') ? '' : quoted(name, delimiter)
    for (const table of tables) {
      const isEmpty = table.length === 0
      const own = schemaOf(table)
      if (schema !== own || isEmpty || wasEmpty) {
        if (schema !== null) text += '\r\n'
        text += this.#schema(name, table, id)
      }
      schema = own
      wasEmpty = isEmpty
      const cells = this.#cells(table, `${delimiter}${resultCell}${delimiter}${id}`)
      for (let row = 0; row < table.length; row++) {
        text += cells(row)
        if (text.length >= flushAtChars) {
          yield this.#utf8.encode(text)
          text = ''
        }
      }
      if (id === 0 && text !== '') {
        yield this.#utf8.encode(text)
        text = ''
      }
      id++
    }
    yield this.#utf8.encode(`${text}\r\n`)
  }

  /** What follows the data when a query fails after its first byte. @param within whether a result was being written: its last table is closed first */
  error(message: string, within = true): Uint8Array {
    const { header, delimiter: d, annotations } = this.dialect
    let text = within ? '\r\n' : ''
    for (const annotation of annotations) {
      if (annotation === 'datatype') text += `#datatype${d}string${d}string\r\n`
      else if (annotation === 'group') text += `#group${d}true${d}true\r\n`
      else text += `#default${d}${d}\r\n`
    }
    if (header) text += `${d}error${d}reference\r\n`
    return this.#utf8.encode(`${text}${d}${quoted(message, d)}${d}\r\n`)
  }

  #writer(type: CsvType): (cell: CsvCell) => string {
    let writer = this.#writers.get(type)
    if (writer === undefined) this.#writers.set(type, (writer = cellWriter(type, this.dialect.delimiter)))
    return writer
  }

  #schema(name: string, { key, columns, length }: CsvTable, id: number): string {
    const { header, delimiter, annotations } = this.dialect
    const line = (cells: readonly string[]): string => `${cells.join(delimiter)}\r\n`
    const keyed = new Map(key.columns.map(({ label, value }) => [label, value]))
    let text = ''
    for (const annotation of annotations) {
      if (annotation === 'datatype')
        text += line(['#datatype', 'string', 'long', ...columns.map(({ type }) => datatypeOf[type])])
      else if (annotation === 'group')
        text += line(['#group', 'false', 'false', ...columns.map(({ label }) => String(keyed.has(label)))])
      else
        text += line([
          '#default',
          quoted(name, delimiter),
          length === 0 ? String(id) : '',
          // Only a table without rows has its key here; the others have it in every row.
          ...columns.map(({ label, type }) => (length === 0 ? this.#writer(type)(keyed.get(label) ?? null) : '')),
        ])
    }
    if (header) text += line(['', 'result', 'table', ...columns.map(({ label }) => quoted(label, delimiter))])
    return text
  }

  /** The line of each row of a table. Neighbouring columns that never change are written once and reused. */
  #cells(table: CsvTable, start: string): (row: number) => string {
    const { delimiter } = this.dialect
    const parts: (string | ((row: number) => string))[] = []
    let fixed = start
    for (const column of table.columns) {
      const write = this.#writer(column.type)
      if (column.constant !== undefined) fixed += delimiter + write(column.constant)
      else {
        parts.push(fixed + delimiter, (row) => write(column.at(row)))
        fixed = ''
      }
    }
    parts.push(`${fixed}\r\n`)
    return (row) => {
      let line = ''
      for (const part of parts) line += typeof part === 'string' ? part : part(row)
      return line
    }
  }
}

const schemaOf = ({ key, columns }: CsvTable): string => {
  const keyed = new Set(key.columns.map(({ label }) => label))
  return JSON.stringify(columns.map(({ label, type }) => [label, type, keyed.has(label)]))
}
