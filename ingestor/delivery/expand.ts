import { type AcceptedWrite, nsPerUnit } from '../accepted-write.ts'

const lf = 10
const blank = 32
const comma = 44
const equals = 61
const quote = 34
const backslash = 92

/** One line as it goes to the database. */
export interface OutgoingLine {
  readonly bytes: Buffer
  /** Equal for two lines that write the same point (series and time), almost never for others. */
  readonly point: number
}

/**
 * The lines of an accepted write with the context's tags put in and the missing times written out, each without its line end.
 * The lines were validated before they were logged; nothing is checked again.
 */
export function expandLines(write: AcceptedWrite & { readonly body: Buffer }): OutgoingLine[] {
  const { body } = write
  const stamp = Buffer.from(` ${write.arrivalNs / nsPerUnit[write.precision]}`)
  const lines: OutgoingLine[] = []
  let run = 0
  let left = write.contextRuns[0]?.lines ?? Number.POSITIVE_INFINITY
  let tags = Buffer.from(write.contextRuns[0]?.tags ?? '')
  let at = 0
  while (at < body.length) {
    const shape = lineShape(body, at)
    while (left === 0) {
      run++
      left = write.contextRuns[run]?.lines ?? Number.POSITIVE_INFINITY
      tags = Buffer.from(write.contextRuns[run]?.tags ?? '')
    }
    left--
    const hasTime = shape.timeStart !== -1
    const line =
      tags.length === 0 && hasTime
        ? body.subarray(at, shape.end)
        : Buffer.concat([
            body.subarray(at, shape.keyEnd),
            tags,
            body.subarray(shape.keyEnd, shape.end),
            hasTime ? empty : stamp,
          ])
    lines.push({
      bytes: line,
      point: pointIdentity(body, at, shape.keyEnd, hasTime ? shape.timeStart : shape.end, shape.end),
    })
    at = shape.end + 1
  }
  return lines
}

const empty = Buffer.alloc(0)

/** Where measurement and tags end, where the time starts (−1: none) and where the line ends, in a valid line. */
function lineShape(
  body: Buffer,
  start: number,
): { readonly keyEnd: number; readonly timeStart: number; readonly end: number } {
  let i = start
  // As InfluxDB does: a blank is escaped by the byte before it, whatever stands before that.
  while (i < body.length && (body[i] !== blank || body[i - 1] === backslash)) i++
  const keyEnd = i
  i++
  // Fields: a quoted string may hold blanks and line ends; outside of one, a blank ends the fields and LF the line.
  let quoted = false
  let value = false
  for (; i < body.length; i++) {
    const c = body[i]
    if (quoted) {
      if (c === backslash) i++
      else if (c === quote) quoted = false
    } else if (c === backslash) i++
    else if (c === quote && value) quoted = true
    else if (c === lf) return { keyEnd, timeStart: -1, end: i }
    else if (c === blank) break
    if (!quoted) {
      if (c === equals) value = true
      else if (c === comma) value = false
    }
  }
  if (i >= body.length) return { keyEnd, timeStart: -1, end: i }
  const timeStart = i + 1
  const lineEnd = body.indexOf(lf, timeStart)
  return { keyEnd, timeStart, end: lineEnd === -1 ? body.length : lineEnd }
}

/** 52 bits out of two running hashes of key and time. */
function pointIdentity(body: Buffer, start: number, keyEnd: number, timeStart: number, end: number): number {
  let low = 0x811c9dc5
  let high = 0x9747b28c
  for (let i = start; i < keyEnd; i++) {
    low = Math.imul(low ^ body[i]!, 0x01000193)
    high = Math.imul(high ^ body[i]!, 0x85ebca6b)
    high ^= high >>> 13
  }
  for (let i = timeStart; i < end; i++) {
    low = Math.imul(low ^ body[i]!, 0x01000193)
    high = Math.imul(high ^ body[i]!, 0x85ebca6b)
    high ^= high >>> 13
  }
  return (low >>> 0) + ((high >>> 0) & 0xfffff) * 4294967296
}
