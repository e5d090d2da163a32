import type { Scan } from './scan.ts'

/** number = float, bigint = int, `{uint}`, string, boolean */
export type FieldValue = number | bigint | string | boolean | { readonly uint: bigint }

export interface Point {
  readonly measurement: string
  /** Sorted by name, by the bytes of UTF-8. */
  readonly tags: readonly (readonly [name: string, value: string])[]
  /** Each name once: of a field written twice the last counts. In order of their first appearance. */
  readonly fields: readonly (readonly [name: string, value: FieldValue])[]
  readonly timeNs: bigint
}

const comma = 44
const equals = 61
const quote = 34
const backslash = 92

// A byte order mark is a letter like any other here: without the option the decoder would drop it at the start of a name.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
const slice = (bytes: Uint8Array, start: number, end: number): string => utf8.decode(bytes.subarray(start, end))

/** Undoes `\,`, `\=` and `\ `; other backslashes stay. */
export const unescaped = (text: string): string => (text.includes('\\') ? text.replace(/\\([,= ])/g, '$1') : text)
/** In the name of a field a quote may be escaped as well. */
const unescapedFieldName = (text: string): string => (text.includes('\\') ? text.replace(/\\([,"= ])/g, '$1') : text)
const unescapedMeasurement = (text: string): string => (text.includes('\\') ? text.replace(/\\([, ])/g, '$1') : text)

/**
 * Where a measurement ends: at the first comma with no backslash right before it, however many backslashes there are. (Backslashes
 * are no pairs here: the comma of `a\\,b` belongs to the name.)
 */
export function measurementEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = start
  while (i < end && (bytes[i] !== comma || bytes[i - 1] === backslash)) i++
  return i
}

/** Measurement and tags out of a key (the part before the fields), tags sorted. */
export function decodeKey(bytes: Uint8Array, start: number, end: number): Pick<Point, 'measurement' | 'tags'> {
  let i = measurementEnd(bytes, start, end)
  const measurement = unescapedMeasurement(slice(bytes, start, i))
  const tags: [string, string][] = []
  while (i < end) {
    const nameStart = ++i
    while (i < end && !(bytes[i] === equals && bytes[i - 1] !== backslash)) i++
    const name = unescaped(slice(bytes, nameStart, i))
    const valueStart = ++i
    while (i < end && !(bytes[i] === comma && bytes[i - 1] !== backslash)) i++
    tags.push([name, unescaped(slice(bytes, valueStart, i))])
  }
  tags.sort(([a], [b]) => (a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b))))
  return { measurement, tags }
}

/** Where a tag's value stands in a key, as it was sent; null when the key has no such tag. @param name in plain letters */
export function tagValueAt(
  bytes: Uint8Array,
  start: number,
  end: number,
  name: string,
): { readonly from: number; readonly to: number } | null {
  let i = measurementEnd(bytes, start, end)
  while (i < end) {
    const nameStart = ++i
    while (i < end && !(bytes[i] === equals && bytes[i - 1] !== backslash)) i++
    const isIt = slice(bytes, nameStart, i) === name
    const from = ++i
    while (i < end && !(bytes[i] === comma && bytes[i - 1] !== backslash)) i++
    if (isIt) return { from, to: i }
  }
  return null
}

/** Calls back for each field of a good line, in order. @param start, end of the fields, blanks excluded */
export function eachField(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: (nameStart: number, nameEnd: number, valueStart: number, valueEnd: number) => void,
): void {
  let i = start
  while (i < end) {
    const nameStart = i
    while (i < end && bytes[i] !== equals) i += bytes[i] === backslash ? 2 : 1
    const nameEnd = i
    const valueStart = ++i
    if (bytes[i] === quote) {
      // To the comma outside of quotes; text after the closing quote belongs to the value.
      let quoted = false
      for (; i < end; i++) {
        const c = bytes[i]
        if (c === backslash) i++
        else if (c === quote) quoted = !quoted
        else if (c === comma && !quoted) break
      }
      if (i > end) i = end
    } else while (i < end && bytes[i] !== comma) i++
    visit(nameStart, nameEnd, valueStart, i)
    i++
  }
}

export const decodeFieldName = (bytes: Uint8Array, start: number, end: number): string =>
  unescapedFieldName(slice(bytes, start, end))

/** The value of a field of a good line. */
export function decodeFieldValue(bytes: Uint8Array, start: number, end: number): FieldValue {
  const first = bytes[start]!
  if (first === quote) {
    const inner = slice(bytes, start + 1, end - 1)
    return inner.includes('\\') ? inner.replace(/\\(["\\])/g, '$1') : inner
  }
  if (first === 116 || first === 84) return true
  if (first === 102 || first === 70) return false
  const last = bytes[end - 1]
  const digits = slice(bytes, start, last === 105 || last === 117 ? end - 1 : end)
  if (last === 105) return BigInt(digits)
  if (last === 117) return { uint: BigInt(digits) }
  return Number(digits)
}

/** The time of line i in nanoseconds. @param stampNs of a line without a time */
export function timeNsOf(scan: Scan, i: number, unitNs: bigint, stampNs: bigint): bigint {
  if (scan.timeStarts[i] === -1) return stampNs
  return (BigInt(scan.timeHigh[i]!) * 1_000_000_000n + BigInt(scan.timeLow[i]!)) * unitNs
}

/** Line i as a point. @param stampNs the server's time, for a line without one */
export function decodePoint(bytes: Uint8Array, scan: Scan, i: number, unitNs: bigint, stampNs: bigint): Point {
  const fields = new Map<string, FieldValue>()
  eachField(bytes, scan.fieldStarts[i]!, scan.fieldEnds[i]!, (nameStart, nameEnd, valueStart, valueEnd) =>
    fields.set(decodeFieldName(bytes, nameStart, nameEnd), decodeFieldValue(bytes, valueStart, valueEnd)),
  )
  return {
    ...decodeKey(bytes, scan.starts[i]!, scan.keyEnds[i]!),
    fields: [...fields],
    timeNs: timeNsOf(scan, i, unitNs, stampNs),
  }
}
