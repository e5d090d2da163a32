import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { parse } from 'csv-parse'

/** One table of an answer to a query: its columns, and its rows as texts. */
export interface AnsweredTable {
  readonly result: string
  readonly columns: readonly { readonly name: string; readonly type: string; readonly inGroupKey: boolean }[]
  readonly rows: readonly (readonly (string | null)[])[]
}

/**
 * Tables of an annotated CSV answer, one after the other as they come in. Annotations `datatype`, `group` and `default`
 * are expected. An error that the store met in the middle of its answer is thrown.
 */
export async function* answeredTables(body: ReadableStream): AsyncGenerator<AnsweredTable> {
  const records = Readable.fromWeb(body).pipe(parse({ relax_column_count: true, skip_empty_lines: false, bom: true }))
  let types: string[] = []
  let groups: string[] = []
  let fallbacks: string[] = []
  let header: string[] | null = null
  let rows: (string | null)[][] = []
  let key = ''
  const finish = function* (): Generator<AnsweredTable> {
    if (header === null || rows.length === 0) return
    const result = rows[0]![header.indexOf('result')] ?? ''
    const shown = header
      .map((_, at) => at)
      .filter((at) => at > 0 && header![at] !== 'result' && header![at] !== 'table')
    yield {
      result,
      columns: shown.map((at) => ({
        name: header![at]!,
        type: types[at] ?? 'string',
        inGroupKey: groups[at] === 'true',
      })),
      rows: rows.map((row) => shown.map((at) => row[at] ?? null)),
    }
    rows = []
  }
  for await (const record of records as AsyncIterable<string[]>) {
    if (record.length === 1 && record[0] === '') {
      yield* finish()
      header = null
      continue
    }
    const first = record[0]!
    if (first.startsWith('#')) {
      yield* finish()
      header = null
      if (first === '#datatype') types = record
      else if (first === '#group') groups = record
      else if (first === '#default') fallbacks = record
      continue
    }
    if (header === null) {
      header = record
      continue
    }
    const values = record.map((text, at) => (text === '' ? (fallbacks[at] ?? '') : text))
    const error = header.indexOf('error')
    if (error > 0 && header.includes('reference') && !header.includes('_value')) throw new Error(values[error])
    const nextKey = `${values[header.indexOf('result')]}\n${values[header.indexOf('table')]}`
    if (nextKey !== key) {
      yield* finish()
      key = nextKey
    }
    // An empty text is a null, except in a column of texts, where CSV cannot tell the two apart.
    rows.push(values.map((text, at) => (text === '' && types[at] !== 'string' ? null : text)))
  }
  yield* finish()
}

/** A cell as a program wants it: numbers and booleans as such, whole numbers that no double holds as text. */
export function typedValue(text: string | null, type: string): string | number | boolean | null {
  if (text === null) return null
  if (type === 'double') return Number.isFinite(Number(text)) ? Number(text) : text
  if (type === 'long' || type === 'unsignedLong') return Number.isSafeInteger(Number(text)) ? Number(text) : text
  if (type === 'boolean') return text === 'true'
  return text
}
