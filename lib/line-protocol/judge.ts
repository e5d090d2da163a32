/**
 * The verdict of InfluxDB 2 on one line, with its exact words, byte by byte. (It refuses more in one case: fields that InfluxDB
 * itself reads in two ways.) This is the reference: slow, complete, and asked
 * only about lines that the quick scan (scan.ts) does not recognise as plain and good.
 */
export type Verdict =
  | {
      readonly kind: 'good'
      /** End of measurement and tags. */
      readonly keyEnd: number
      readonly fieldsStart: number
      readonly fieldsEnd: number
      /** −1 when the line has no time. */
      readonly timeStart: number
      readonly timeEnd: number
    }
  | { readonly kind: 'bad'; readonly reason: string /** Offset at which it went wrong. */; readonly at: number }
  | { readonly kind: 'blank' }

const space = 32
const tab = 9
const comma = 44
const equals = 61
const quote = 34
const backslash = 92
const lf = 10
const minus = 45
const dot = 46
const lowerE = 101
const upperE = 69

const bad = (reason: string, at: number): Verdict => ({ kind: 'bad', reason, at })
const isDigit = (c: number | undefined): boolean => c !== undefined && c >= 48 && c <= 57
const isNumeric = (c: number | undefined): boolean => isDigit(c) || c === dot

/** The end of the line that starts at `start`: LF outside of a quoted field value, or the end of the body. */
export function lineEnd(bytes: Uint8Array, start: number): number {
  let quoted = false
  let inFields = false
  let equalsSeen = 0
  let commasSeen = 0
  for (let i = start; i < bytes.length; i++) {
    const c = bytes[i]
    if (c === backslash && i + 2 < bytes.length) {
      i++
      continue
    }
    if (c === space) inFields = true
    if (inFields) {
      if (!quoted && c === equals) equalsSeen++
      else if (!quoted && c === comma) commasSeen++
      else if (c === quote && equalsSeen > commasSeen) quoted = !quoted
    }
    if (c === lf && !quoted) return i
  }
  return bytes.length
}

const skipBlanks = (bytes: Uint8Array, i: number, end: number): number => {
  while (i < end && (bytes[i] === space || bytes[i] === tab || bytes[i] === 0)) i++
  return i
}

/** @param start after any blanks @param end without the line end */
export function judgeLine(bytes: Uint8Array, start: number, end: number): Verdict {
  if (start >= end || bytes[start] === 35) return { kind: 'blank' }
  const key = scanKey(bytes, start, end)
  if ('reason' in key) return bad(key.reason, key.at)
  const { keyEnd } = key
  if (keyEnd - start > 65535) return bad(`max key length exceeded: ${keyEnd - start} > 65535`, start)
  const fieldsStart = skipBlanks(bytes, keyEnd, end)
  const fields = scanFields(bytes, fieldsStart, end)
  if ('reason' in fields) return bad(fields.reason, fields.at)
  const longest = keyEnd - start + 4 + fields.longestKey
  if (longest > 65535) return bad(`max key length exceeded: ${longest} > 65535`, start)
  const timeStart = skipBlanks(bytes, fields.end, end)
  let i = timeStart
  for (; i < end && bytes[i] !== space; i++) {
    if (i === timeStart && bytes[i] === minus) continue
    if (!isDigit(bytes[i])) return bad('bad timestamp', i)
  }
  const timeEnd = i
  for (; i < end; i++) if (bytes[i] !== space) return bad('point is invalid', i)
  return {
    kind: 'good',
    keyEnd,
    fieldsStart,
    fieldsEnd: fields.end,
    timeStart: timeEnd > timeStart ? timeStart : -1,
    timeEnd,
  }
}

interface Failure {
  readonly reason: string
  readonly at: number
}
const failure = (reason: string, at: number): Failure => ({ reason, at })

/** Names of tags that InfluxDB uses itself, each byte a letter, and how it writes them. */
const reservedTags: ReadonlyMap<string, string> = new Map([
  ['time', 'time'],
  ['_measurement', '_measurement'],
  ['_field', '_field'],
  ['\0', '\\x00'],
  ['\xff', '\\xff'],
])

function scanKey(bytes: Uint8Array, start: number, end: number): { readonly keyEnd: number } | Failure {
  let i = start
  if (bytes[i] === comma) return failure('missing measurement', i)
  // Only the byte before tells whether one is escaped: the blank of `a\\ b` belongs to the name.
  while (i < end && ((bytes[i] !== comma && bytes[i] !== space) || (i > start && bytes[i - 1] === backslash))) i++
  if (i >= end) return failure('missing fields', end)
  const tags: { readonly key: string; readonly at: number }[] = []
  while (i < end && bytes[i] === comma) {
    i++
    const keyStart = i
    if (i >= end || bytes[i] === space || bytes[i] === comma || bytes[i] === equals)
      return failure('missing tag key', i)
    for (; ; i++) {
      if (i >= end) return failure('missing tag value', i)
      if (bytes[i] === equals && bytes[i - 1] !== backslash) break
      if ((bytes[i] === comma || bytes[i] === space) && bytes[i - 1] !== backslash)
        return failure('missing tag value', i)
    }
    tags.push({ key: text(bytes, keyStart, i), at: keyStart })
    i++
    if (i >= end || bytes[i] === comma || bytes[i] === space) return failure('missing tag value', i)
    // The first byte of a value may be anything else, an equals sign too.
    for (i++; i < end; i++) {
      if (bytes[i] === equals && bytes[i - 1] !== backslash) return failure('invalid tag format', i)
      if ((bytes[i] === comma || bytes[i] === space) && bytes[i - 1] !== backslash) break
    }
    if (i >= end) return failure('missing fields', i)
  }
  const seen = new Set<string>()
  for (const { key, at } of tags) {
    if (seen.has(key)) return failure('duplicate tags', at)
    seen.add(key)
  }
  for (const { key, at } of tags)
    if (reservedTags.has(key)) return failure(`cannot use reserved tag key "${reservedTags.get(key)}"`, at)
  return { keyEnd: i }
}

/**
 * InfluxDB takes such a line, and reads it in two ways: `a\\=1,b=2` is a field named `a\=1,b` in the end, and what ends in `="`
 * makes it crash. The same goes for an equals sign or a backslash behind the closing quote of a value.
 */
const backslashBeforeEquals = 'invalid field key: it ends with a backslash'

function scanFields(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly end: number; readonly longestKey: number } | Failure {
  if (start >= end) return failure('missing fields', start)
  let quoted = false
  let equalsSeen = 0
  let commasSeen = 0
  let keyStart = start
  let longestKey = 0
  let i = start
  while (i < end) {
    const c = bytes[i]
    if (c === backslash && !quoted && equalsSeen > commasSeen) return failure('invalid field format', i)
    if (c === backslash && i + 1 < end) {
      i += 2
      continue
    }
    if (c === quote && equalsSeen > commasSeen) {
      quoted = !quoted
      i++
      continue
    }
    if (c === equals && !quoted) {
      if (equalsSeen > commasSeen) return failure('invalid field format', i)
      if (bytes[i - 1] === backslash) return failure(backslashBeforeEquals, i - 1)
      equalsSeen++
      const before = bytes[i - 1]
      if ((before === space || before === comma) && bytes[i - 2] !== backslash) return failure('missing field key', i)
      longestKey = Math.max(longestKey, i - keyStart)
      const next = i + 1 < end ? bytes[i + 1] : undefined
      if (next === undefined || next === comma || next === space) return failure('missing field value', i + 1)
      if (isNumeric(next) || next === minus || next === 78 || next === 110) {
        const number = scanNumber(bytes, i + 1, end)
        if (typeof number !== 'number') return number
        i = number
        continue
      }
      if (next !== quote) {
        const bool = scanBoolean(bytes, i + 1, end)
        if (typeof bool !== 'number') return bool
        i = bool
        continue
      }
    }
    if (c === comma && !quoted) {
      commasSeen++
      keyStart = i + 1
    }
    if (c === space && !quoted) break
    i++
  }
  if (quoted) return failure('unbalanced quotes', i)
  if (equalsSeen === 0 || commasSeen !== equalsSeen - 1) return failure('invalid field format', Math.min(i, end))
  return { end: Math.min(i, end), longestKey }
}

function scanNumber(bytes: Uint8Array, start: number, end: number): number | Failure {
  let i = start
  const invalid = (): Failure => failure('invalid number', start)
  if (bytes[i] === minus) {
    i++
    if (i === end) return invalid()
  }
  let suffix: 'i' | 'u' | null = null
  let decimal = false
  let scientific = false
  for (; i < end; i++) {
    const c = bytes[i]!
    if (c === comma || c === space) break
    if ((c === 105 || c === 117) && i > start && suffix === null) {
      suffix = c === 105 ? 'i' : 'u'
      continue
    }
    if (c === dot) {
      if (decimal) return invalid()
      decimal = true
    }
    if (i > start && (c === lowerE || c === upperE)) {
      scientific = true
      continue
    }
    if ((c === 43 || c === minus) && (bytes[i - 1] === lowerE || bytes[i - 1] === upperE)) continue
    if (!isNumeric(c)) return invalid()
  }
  if (suffix !== null && (decimal || scientific)) return invalid()
  const digits = i - start - (suffix === null ? 0 : 1) - (decimal ? 1 : 0) - (bytes[start] === minus ? 1 : 0)
  if (digits === 0) return invalid()
  if (suffix === null) return floatFits(text(bytes, start, i)) ? i : failure('invalid float', start)
  if (bytes[i - 1] !== suffix.charCodeAt(0)) return invalid()
  const whole = text(bytes, start, i - 1)
  if (suffix === 'u') {
    if (bytes[start] === minus) return invalid()
    return BigInt.asUintN(64, BigInt(whole)) === BigInt(whole)
      ? i
      : failure(`unable to parse unsigned ${whole}: strconv.ParseUint: parsing "${whole}": value out of range`, start)
  }
  return BigInt.asIntN(64, BigInt(whole)) === BigInt(whole)
    ? i
    : failure(`unable to parse integer ${whole}: strconv.ParseInt: parsing "${whole}": value out of range`, start)
}

/** Whether Go reads the text as a finite float. */
const floatFits = (value: string): boolean =>
  /^-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(value) && Number.isFinite(Number(value))

const booleans = new Set(['t', 'T', 'f', 'F', 'true', 'True', 'TRUE', 'false', 'False', 'FALSE'])

function scanBoolean(bytes: Uint8Array, start: number, end: number): number | Failure {
  let i = start
  while (i < end && bytes[i] !== comma && bytes[i] !== space) i++
  return booleans.has(text(bytes, start, i)) ? i : failure('invalid boolean', start)
}

/** Each byte a letter: different bytes are never taken for the same. */
const text = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')

const maxTimeNs = 9223372036854775806n

/**
 * A time stamp as nanoseconds. @param unitNs nanoseconds of one unit of the request's precision
 * @returns the time, or why it is none in InfluxDB's words
 */
export function timeOf(digits: string, unitNs: bigint): bigint | { readonly reason: string } {
  if (digits === '-') return { reason: 'strconv.ParseInt: parsing "-": invalid syntax' }
  const value = BigInt(digits)
  if (BigInt.asIntN(64, value) !== value) return { reason: `strconv.ParseInt: parsing "${digits}": value out of range` }
  const ns = value * unitNs
  if (ns > maxTimeNs || ns < -maxTimeNs)
    return { reason: 'time outside range -9223372036854775806 - 9223372036854775806' }
  return ns
}
