import { parseInstant } from '../time/instant.ts'
import { readRecords } from './records.ts'
import type { CsvCell, CsvColumn, CsvTable, CsvType } from './table.ts'

/** A table as it was read, with the name of its result. */
export interface DecodedTable extends CsvTable {
  readonly result: string
  readonly columns: readonly DecodedColumn[]
}

export interface DecodedColumn extends CsvColumn {
  readonly cells: readonly CsvCell[]
}

/** A query that failed after its first table: the server's own words, in a table of errors. */
export class QueryFailed extends Error {
  override readonly name = 'QueryFailed'
}

interface Block {
  readonly datatypes: readonly string[]
  readonly groups: readonly string[]
  readonly defaults: readonly string[]
  readonly labels: readonly string[]
}

const typeOf: Readonly<Record<string, CsvType>> = {
  boolean: 'bool',
  long: 'int',
  unsignedLong: 'uint',
  double: 'float',
  string: 'string',
  'dateTime:RFC3339': 'time',
  'dateTime:RFC3339Nano': 'time',
  dateTime: 'time',
}

/**
 * Reads annotated CSV: what a query answers, or what `csv.from` is given. An empty cell is the default of its column, and where
 * that is empty too a gap.
 * @throws SyntaxError for text that is not annotated CSV, with the line
 * @throws QueryFailed when the text ends in the table of errors of a query that failed half-way
 */
export function* decodeCsv(text: string, delimiter = ','): Iterable<DecodedTable> {
  let notes: { datatype?: readonly string[]; group?: readonly string[]; default?: readonly string[] } = {}
  let block: Block | null = null
  let open: OpenTable | null = null
  let rowsInBlock = 0

  const close = function* (): Iterable<DecodedTable> {
    if (open !== null) yield open.table()
    else if (block !== null && rowsInBlock === 0 && block.labels.length > 0 && !isErrorBlock(block)) {
      // A block without rows is a table without rows, whose key is in the defaults.
      if (block.defaults.length > 0) yield new OpenTable(block, '', block.defaults[1] ?? '').table()
    }
    open = null
    block = null
  }

  for (const { cells, line } of readRecords(text, delimiter)) {
    const first = cells[0]
    if (first === undefined) {
      yield* close()
      notes = {}
      continue
    }
    if (first.startsWith('#')) {
      if (block !== null) {
        yield* close()
        notes = {}
      }
      const annotation = first.slice(1)
      if (annotation === 'datatype' || annotation === 'group' || annotation === 'default')
        notes[annotation] = cells.slice(1)
      continue
    }
    if (block === null) {
      if (notes.datatype === undefined && !(cells[1] === 'error' && cells[2] === 'reference'))
        throw new SyntaxError(`line ${line}: missing expected annotation datatype`)
      block = {
        labels: cells.slice(1),
        datatypes: notes.datatype ?? [],
        groups: notes.group ?? [],
        defaults: notes.default ?? [],
      }
      rowsInBlock = 0
      continue
    }
    rowsInBlock++
    if (isErrorBlock(block)) throw new QueryFailed(cells[1] ?? 'the query failed')
    const result = cells[1] || (block.defaults[0] ?? '')
    const id = cells[2] || (block.defaults[1] ?? '')
    if (open !== null && (open.id !== id || open.result !== result)) {
      yield open.table()
      open = null
    }
    open ??= new OpenTable(block, result, id)
    open.add(cells, line)
  }
  yield* close()
}

const isErrorBlock = ({ labels }: Block): boolean =>
  labels.length === 2 && labels[0] === 'error' && labels[1] === 'reference'

/** The table whose rows are being read. */
class OpenTable {
  readonly result: string
  readonly #cells: CsvCell[][]
  readonly #types: readonly CsvType[]
  /** Of each column the text read last, and what it says. */
  readonly #texts: string[] = []
  readonly #last: CsvCell[] = []
  #length = 0

  constructor(
    readonly block: Block,
    result: string,
    readonly id: string,
  ) {
    this.result = result || (block.defaults[0] ?? '')
    this.#types = block.labels.slice(2).map((label, i) => {
      const word = block.datatypes[i + 2] ?? 'string'
      const type = typeOf[word]
      if (type === undefined) throw new SyntaxError(`column "${label}" has an unknown datatype "${word}"`)
      return type
    })
    this.#cells = this.#types.map(() => [])
  }

  add(cells: readonly string[], line: number): void {
    for (let i = 0; i < this.#types.length; i++) {
      const text = cells[i + 3] || (this.block.defaults[i + 2] ?? '')
      // Cells of the key are the same all the way down.
      if (text !== this.#texts[i]) {
        this.#texts[i] = text
        this.#last[i] = readCell(text, this.#types[i]!, line)
      }
      this.#cells[i]!.push(this.#last[i] ?? null)
    }
    this.#length++
  }

  table(): DecodedTable {
    const { labels, groups, defaults } = this.block
    const columns = this.#types.map((type, i): DecodedColumn => {
      const cells = this.#cells[i]!
      return { label: labels[i + 2]!, type, length: cells.length, cells, at: (row) => cells[row] ?? null }
    })
    const key = columns.flatMap(({ label, type, cells }, i) =>
      groups[i + 2] === 'true' ? [{ label, type, value: cells[0] ?? readCell(defaults[i + 2] ?? '', type, 0) }] : [],
    )
    return { result: this.result, key: { columns: key }, columns, length: this.#length }
  }
}

function readCell(text: string, type: CsvType, line: number): CsvCell {
  if (text === '') return null
  const wrong = (): SyntaxError => new SyntaxError(`line ${line}: "${text}" is no ${type}`)
  switch (type) {
    case 'string':
      return text
    case 'bool':
      if (text !== 'true' && text !== 'false') throw wrong()
      return text === 'true'
    case 'int':
      if (!/^[+-]?\d+$/.test(text)) throw wrong()
      return BigInt.asIntN(64, BigInt(text.replace(/^\+/, '')))
    case 'uint':
      if (!/^\d+$/.test(text)) throw wrong()
      return BigInt.asUintN(64, BigInt(text))
    case 'float': {
      if (/^[+-]?inf(inity)?$/i.test(text)) return text[0] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
      if (/^nan$/i.test(text)) return Number.NaN
      if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw wrong()
      return Number(text)
    }
    case 'time': {
      const ns = parseInstant(text, 'utc')
      if (ns === null) throw wrong()
      return ns
    }
  }
}
