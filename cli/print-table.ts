/** A table in the terminal: columns as wide as their widest cell, numbers to the right. */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  numeric: readonly boolean[] = [],
): string {
  const widths = header.map((name, at) => Math.max(name.length, ...rows.map((cells) => (cells[at] ?? '').length)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => (numeric[at] === true ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
      .join('  ')
      .trimEnd()
  return [line(header), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n')
}

/** `1 row`, `2 rows`. */
export const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

/** Prints records with the keys of all as columns, without those that are empty in all; a nested value is shown as JSON. */
export function printRecords(records: readonly Readonly<Record<string, unknown>>[]): void {
  if (records.length === 0) {
    console.log('none')
    return
  }
  const header = [...new Set(records.flatMap((record) => Object.keys(record)))].filter((key) =>
    records.some((record) => cellOf(record[key]) !== ''),
  )
  const rows = records.map((record) => header.map((key) => cellOf(record[key])))
  console.log(
    formatTable(
      header,
      rows,
      header.map((key) => records.every((record) => typeof record[key] === 'number')),
    ),
  )
}

/** Programs get every digit by --json; people get six. */
const cellOf = (value: unknown): string => {
  if (value === undefined || value === null) return ''
  if (typeof value === 'object') return JSON.stringify(value)
  return typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(6))) : String(value)
}
