import { type CsvError, type InfoRecord, parse } from 'csv-parse'
import { type Encoding, textsOf, UnreadableText } from './texts-of.ts'

export interface CsvRecord {
  readonly cells: readonly string[]
  /** Line in the file on which it ends, from 1. */
  readonly line: number
}

/**
 * Records of a CSV file, many at a time; empty lines are left out, a byte order mark too. As long as a file has no quote, a record is
 * a line and its cells lie between delimiters: that is split here, ten times as fast as by the library, which reads the rest
 * from the first quote on.
 * @param onBytes how far the file is read, in bytes
 * @throws UnreadableText for a quote that is never closed and for bytes that are no text, after the records before it;
 *   the file system's errors
 */
export async function* csvRecords(
  path: string,
  delimiter: string,
  onBytes: (bytes: number) => void,
  encoding: Encoding = 'utf-8',
): AsyncGenerator<readonly CsvRecord[]> {
  const texts = textsOf(path, encoding, onBytes)
  let rest = ''
  let lines = 0
  for (let next = await texts.next(); next.done !== true; next = await texts.next()) {
    const text = rest + next.value
    if (next.value.includes('"') || /\r(?!\n|$)/.test(text)) {
      yield* quotedRecords(prefixed(text, texts), delimiter, lines)
      return
    }
    const whole = text.split('\n')
    rest = whole.pop()!
    yield split(whole, delimiter, lines)
    lines += whole.length
  }
  if (rest !== '') yield split([rest], delimiter, lines)
}

const split = (lines: readonly string[], delimiter: string, before: number): CsvRecord[] => {
  const records: CsvRecord[] = []
  for (let i = 0; i < lines.length; i++) {
    let line = lines[i]!
    if (line.endsWith('\r')) line = line.slice(0, -1)
    if (line !== '') records.push({ cells: line.split(delimiter), line: before + i + 1 })
  }
  return records
}

/** More than a row could be: a quote that stays open would otherwise take the rest of the file into memory. */
const recordBytesMax = 16 << 20

async function* quotedRecords(
  texts: AsyncIterable<string>,
  delimiter: string,
  before: number,
): AsyncGenerator<readonly CsvRecord[]> {
  let records: CsvRecord[] = []
  /** The parser counts a CR LF within quotes as two lines. */
  let countedTwice = 0
  let last: Pick<InfoRecord, 'lines' | 'empty_lines'> = { lines: before, empty_lines: 0 }
  // Taken as they are found: what waits in the stream's own buffer would be lost with an error behind it.
  const parser = parse({
    delimiter,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: recordBytesMax,
    on_record(cells: string[], { lines, empty_lines }) {
      for (const cell of cells) if (cell.includes('\r\n')) countedTwice += cell.split('\r\n').length - 1
      last = { lines: before + lines - countedTwice, empty_lines }
      records.push({ cells, line: last.lines })
      return null
    },
  })
  parser.on('error', () => {})
  const write = (text: string): Promise<void> =>
    new Promise((resolve, reject) => parser.write(text, (error) => (error ? reject(error) : resolve())))
  const end = (): Promise<void> =>
    new Promise((resolve, reject) => parser.once('end', resolve).once('error', reject).resume().end())
  const flush = function* (): Generator<readonly CsvRecord[]> {
    if (records.length > 0) yield records
    records = []
  }
  try {
    for await (const text of texts) {
      await write(text)
      yield* flush()
    }
    await end()
  } catch (error) {
    // The parser holds the last characters back until it is told that they are the last.
    if (error instanceof UnreadableText) {
      await end().catch(() => {})
      records = records.filter(({ line }) => line < error.line)
    }
    yield* flush()
    throw unclosed(error, (emptyLines) => last.lines + 1 + emptyLines - last.empty_lines)
  }
  yield* flush()
}

/** @param lineAfter the line on which a record begins that so many empty lines of the file come before */
function unclosed(error: unknown, lineAfter: (emptyLines: number) => number): unknown {
  const { code, empty_lines = 0 } = error as CsvError & { readonly empty_lines?: number }
  if (code === 'CSV_QUOTE_NOT_CLOSED')
    return new UnreadableText(lineAfter(empty_lines), 'a quote of the row that begins here is never closed')
  if (code === 'CSV_MAX_RECORD_SIZE')
    return new UnreadableText(
      lineAfter(empty_lines),
      'the row that begins here has more than 16 MiB: is a quote left open?',
    )
  return error
}

async function* prefixed(first: string, texts: AsyncIterable<string>): AsyncGenerator<string> {
  yield first
  yield* texts
}
