import { formatInstant } from '../time/instant.ts'
import type { CsvCell, CsvType } from './table.ts'

/** The shortest decimal that reads back as the same double, never with an exponent: `NaN`, `+Inf`, `-Inf`, `-0`, `0.0000001`. */
export function floatText(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const text = String(value)
  if (!text.includes('e') && Number.isFinite(value)) return text
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  const [mantissa, exponent] = text.split('e') as [string, string]
  const sign = mantissa.startsWith('-') ? '-' : ''
  const [whole, fraction = ''] = mantissa.replace('-', '').split('.') as [string, string?]
  const digits = whole + fraction
  const point = whole.length + Number(exponent)
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  if (point >= digits.length) return sign + digits + '0'.repeat(point - digits.length)
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}

/** Whether Go's csv writer puts quotes around a cell; the delimiter aside. A byte order mark is a letter to it, though a blank to `\s`. */
const needsQuotes = /["\r\n]|^(?!\uFEFF)[\s\u0085]|^\\\.$/

/**
 * Quotes a cell where Go's writer does. Inside quotes a newline becomes CRLF and a lone CR is lost, as Go does with CRLF line
 * ends: clients of InfluxDB see exactly that.
 */
export function quoted(text: string, delimiter: string): string {
  if (!needsQuotes.test(text) && !text.includes(delimiter)) return text
  return `"${text.replaceAll('"', '""').replaceAll('\r', '').replaceAll('\n', '\r\n')}"`
}

/** The text of cells of one type, quoted for one delimiter. Strings and times are remembered: most of them repeat. */
export function cellWriter(type: CsvType, delimiter: string): (cell: CsvCell) => string {
  const plain = plainWriter(type)
  // A number never needs quotes, unless someone chose a delimiter that occurs in numbers.
  if (type === 'string' || /[-+.:0-9A-Za-z]/.test(delimiter)) {
    const known = new Map<CsvCell, string>()
    return (cell) => {
      if (cell === null) return ''
      let text = known.get(cell)
      if (text === undefined) {
        text = quoted(plain(cell), delimiter)
        if (known.size >= 4_096) known.clear()
        known.set(cell, text)
      }
      return text
    }
  }
  return (cell) => (cell === null ? '' : plain(cell))
}

function plainWriter(type: CsvType): (cell: Exclude<CsvCell, null>) => string {
  switch (type) {
    case 'float':
      return (cell) => floatText(cell as number)
    case 'time':
      return timeWriter()
    default:
      return String
  }
}

/** Times mostly repeat from table to table (every series of one window has the same), so texts are kept by value. */
function timeWriter(): (cell: Exclude<CsvCell, null>) => string {
  const known = new Map<bigint, string>()
  return (cell) => {
    const ns = cell as bigint
    let text = known.get(ns)
    if (text === undefined) {
      text = formatInstant(ns)
      if (known.size >= 16_384) known.clear()
      known.set(ns, text)
    }
    return text
  }
}
