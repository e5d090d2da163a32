/**
 * CSV records of a text, an empty line as an empty record. Line ends may be CRLF or LF; quoted cells may hold delimiters, doubled
 * quotes and newlines.
 * @returns for each record its cells and the number of its first line (1-based)
 */
export function* readRecords(
  text: string,
  delimiter = ',',
): Iterable<{ readonly cells: readonly string[]; readonly line: number }> {
  let at = 0
  let line = 1
  while (at < text.length) {
    const startLine = line
    const cells: string[] = []
    if (text[at] === '\n' || (text[at] === '\r' && text[at + 1] === '\n')) {
      at += text[at] === '\r' ? 2 : 1
      line++
      yield { cells, line: startLine }
      continue
    }
    // Most records are a line without a quote: that is split ten times as fast as it is read by characters.
    const found = text.indexOf('\n', at)
    const lineEnd = found === -1 ? text.length : found
    const plain = text.slice(at, text[lineEnd - 1] === '\r' ? lineEnd - 1 : lineEnd)
    if (!plain.includes('"')) {
      at = lineEnd + 1
      line++
      yield { cells: plain.split(delimiter), line: startLine }
      continue
    }
    for (;;) {
      if (text[at] === '"') {
        let cell = ''
        at++
        for (;;) {
          const quote = text.indexOf('"', at)
          if (quote === -1) throw new SyntaxError(`record on line ${startLine}: quoted field without an end`)
          cell += text.slice(at, quote)
          at = quote + 1
          if (text[at] !== '"') break
          cell += '"'
          at++
        }
        line += cell.split('\n').length - 1
        cells.push(cell.replaceAll('\r\n', '\n'))
      } else {
        const from = at
        while (at < text.length && text[at] !== delimiter && text[at] !== '\n') at++
        const to = text[at - 1] === '\r' && (at === text.length || text[at] === '\n') && at > from ? at - 1 : at
        cells.push(text.slice(from, to))
      }
      if (text[at] === delimiter) {
        at++
        continue
      }
      if (text[at] === '\r') at++
      if (text[at] === '\n') at++
      else if (at < text.length) throw new SyntaxError(`record on line ${startLine}: text after a quoted field`)
      line++
      break
    }
    yield { cells, line: startLine }
  }
}
