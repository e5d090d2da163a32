const tab = 9
const lf = 10
const cr = 13
const blank = 32
const quote = 34
const hash = 35
const comma = 44
const minus = 45
const dot = 46
const zero = 48
const nine = 57
const equals = 61
const backslash = 92

/** InfluxDB's limit for measurement and tags together, and for these plus 4 plus a field's key. */
const keyBytesMax = 65_535
/** InfluxDB's limit for a text. */
const textBytesMax = 1_048_576

/** What stands in one line; filled by `scanLine`, one object for a whole body. */
export interface ScannedLine {
  kind: 'blank' | 'point' | 'bad'
  /** Where the line's first character that counts stands. */
  start: number
  /** Behind the line's last character that counts: no line end, no blanks. */
  end: number
  /** Where the next line begins. */
  next: number
  /** In the request's unit; only when `hasTime`. */
  hasTime: boolean
  reason: string
}

export const newScannedLine = (): ScannedLine => ({
  kind: 'blank',
  start: 0,
  end: 0,
  next: 0,
  hasTime: false,
  reason: '',
})

/** The reason why a line is no point, in InfluxDB's words. */
class Bad extends Error {}
const bad = (reason: string): never => {
  throw new Bad(reason)
}

/**
 * Reads the line that begins at `at` by InfluxDB's rules, and fills `line`. A carriage return before the line end is part
 * of it. A line that is no point ends at its first line end, also where a quote was never closed.
 * @param unitNs nanoseconds in one unit of the request's times
 */
export function scanLine(bytes: Uint8Array, at: number, unitNs: bigint, line: ScannedLine): void {
  let start = at
  while (bytes[start] === blank || bytes[start] === tab) start++
  line.start = start
  line.hasTime = false
  const first = bytes[start]
  if (first === undefined || first === lf || first === hash || (first === cr && endsLine(bytes, start + 1))) {
    line.kind = 'blank'
    line.next = afterLine(bytes, start)
    return
  }
  try {
    const keyEnd = scanKey(bytes, start)
    const fieldsEnd = scanFields(bytes, skipBlanks(bytes, keyEnd), keyEnd - start)
    const end = scanTime(bytes, fieldsEnd, unitNs, line)
    line.kind = 'point'
    line.next = afterLine(bytes, end)
  } catch (error) {
    if (!(error instanceof Bad)) throw error
    line.kind = 'bad'
    line.reason = error.message
    line.next = afterLine(bytes, start)
  }
}

const endsLine = (bytes: Uint8Array, at: number): boolean => at >= bytes.length || bytes[at] === lf

/** Whether nothing but the line's end stands here: a line feed, a carriage return before one, or the body's end. */
const atLineEnd = (bytes: Uint8Array, at: number): boolean =>
  endsLine(bytes, at) || (bytes[at] === cr && endsLine(bytes, at + 1))

function afterLine(bytes: Uint8Array, at: number): number {
  const end = bytes.indexOf(lf, at)
  return end < 0 ? bytes.length : end + 1
}

function skipBlanks(bytes: Uint8Array, at: number): number {
  while (bytes[at] === blank) at++
  return at
}

/** Measurement and tags. @returns where the blank behind them stands */
function scanKey(bytes: Uint8Array, start: number): number {
  let at = start
  while (!atLineEnd(bytes, at) && bytes[at] !== comma && bytes[at] !== blank)
    at += bytes[at] === backslash && !endsLine(bytes, at + 1) ? 2 : 1
  if (at === start) bad('missing measurement')
  const tagKeys: string[] = []
  while (bytes[at] === comma) {
    const keyStart = ++at
    while (!atLineEnd(bytes, at) && bytes[at] !== equals && bytes[at] !== comma && bytes[at] !== blank)
      at += bytes[at] === backslash && !endsLine(bytes, at + 1) ? 2 : 1
    if (at === keyStart) bad('missing tag key')
    if (bytes[at] !== equals) bad('missing tag value')
    tagKeys.push(unescaped(bytes, keyStart, at))
    const valueStart = ++at
    while (!atLineEnd(bytes, at) && bytes[at] !== comma && bytes[at] !== blank) {
      if (bytes[at] === equals) bad('invalid tag format')
      at += bytes[at] === backslash && !endsLine(bytes, at + 1) ? 2 : 1
    }
    if (at === valueStart) bad('missing tag value')
  }
  if (bytes[at] !== blank) bad('missing fields')
  if (at - start > keyBytesMax) bad(`max key length exceeded: ${at - start} > ${keyBytesMax}`)
  const reserved = tagKeys.find((key) => key === 'time' || key === '_measurement' || key === '_field')
  if (reserved !== undefined) bad(`cannot use reserved tag key "${reserved}"`)
  if (tagKeys.length > 1 && new Set(tagKeys).size < tagKeys.length) bad('duplicate tags')
  return at
}

const decoder = new TextDecoder()
const unescaped = (bytes: Uint8Array, from: number, to: number): string =>
  decoder.decode(bytes.subarray(from, to)).replace(/\\([,= ])/g, '$1')

/** @returns behind the last field's value */
function scanFields(bytes: Uint8Array, start: number, keyBytes: number): number {
  let at = start
  if (atLineEnd(bytes, at)) bad('missing fields')
  for (;;) {
    const keyStart = at
    while (!atLineEnd(bytes, at) && bytes[at] !== equals && bytes[at] !== comma && bytes[at] !== blank)
      at += bytes[at] === backslash && !endsLine(bytes, at + 1) ? 2 : 1
    if (at === keyStart) bad('missing field key')
    if (bytes[at] !== equals) bad(bytes[at] === comma ? 'missing field value' : 'invalid field format')
    if (keyBytes + 4 + (at - keyStart) > keyBytesMax)
      bad(`max key length exceeded: ${keyBytes + 4 + (at - keyStart)} > ${keyBytesMax}`)
    at = scanValue(bytes, at + 1)
    if (bytes[at] !== comma) return at
    at++
  }
}

function scanValue(bytes: Uint8Array, start: number): number {
  if (bytes[start] === quote) return scanText(bytes, start)
  let at = start
  while (!atLineEnd(bytes, at) && bytes[at] !== comma && bytes[at] !== blank) at++
  if (at === start) bad('missing field value')
  const first = bytes[start]!
  const text = decoder.decode(bytes.subarray(start, at))
  const isNumeric =
    (first >= zero && first <= nine) || first === minus || first === dot || text[0] === 'n' || text[0] === 'N'
  if (isNumeric) checkNumber(text)
  else if (!/^(?:t|T|true|True|TRUE|f|F|false|False|FALSE)$/.test(text)) bad('invalid boolean')
  return at
}

/** InfluxDB takes what follows the closing quote into the text; we take no more than a clean end. */
function scanText(bytes: Uint8Array, start: number): number {
  let at = start + 1
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash && at + 1 < bytes.length ? 2 : 1
  if (at >= bytes.length) bad('unbalanced quotes')
  if (at - start - 1 > textBytesMax) bad(`input field is too long, ${at - start - 1} > ${textBytesMax}`)
  at++
  if (!atLineEnd(bytes, at) && bytes[at] !== comma && bytes[at] !== blank) bad('invalid field format')
  return at
}

function checkNumber(text: string): void {
  const last = text.at(-1)
  if (last === 'i' || last === 'u') {
    const digits = text.slice(0, -1)
    if (last === 'i' ? !/^-?\d+$/.test(digits) : !/^\d+$/.test(digits)) bad('invalid number')
    const value = BigInt(digits)
    if (last === 'i' && BigInt.asIntN(64, value) !== value)
      bad(`unable to parse integer ${digits}: strconv.ParseInt: parsing "${digits}": value out of range`)
    if (last === 'u' && BigInt.asUintN(64, value) !== value)
      bad(`unable to parse unsigned ${digits}: strconv.ParseUint: parsing "${digits}": value out of range`)
    return
  }
  if (!/^-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text)) bad('invalid number')
  if (!Number.isFinite(Number(text))) bad('invalid float')
}

/** @returns behind the line's last character; sets whether there is a time */
function scanTime(bytes: Uint8Array, from: number, unitNs: bigint, line: ScannedLine): number {
  const start = skipBlanks(bytes, from)
  line.end = from
  if (atLineEnd(bytes, start)) return start
  let at = start
  if (bytes[at] === minus) at++
  const digits = at
  while (bytes[at]! >= zero && bytes[at]! <= nine) at++
  if (at === digits || (!atLineEnd(bytes, at) && bytes[at] !== blank)) bad('bad timestamp')
  line.end = at
  line.hasTime = true
  if (!fitsInt64(bytes, start, at, unitNs)) bad('time outside range -9223372036854775806 - 9223372036854775806')
  const end = skipBlanks(bytes, at)
  if (!atLineEnd(bytes, end)) bad('point is invalid')
  return end
}

const timeMax = 9_223_372_036_854_775_806n

function fitsInt64(bytes: Uint8Array, from: number, to: number, unitNs: bigint): boolean {
  if (to - from <= 18 && unitNs === 1n) return true
  const time = BigInt(decoder.decode(bytes.subarray(from, to))) * unitNs
  return time >= -timeMax && time <= timeMax
}
