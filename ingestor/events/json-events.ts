import { isUtf8 } from 'node:buffer'
import { z } from 'zod'
import type { FieldValue } from '../../lib/line-protocol/decode.ts'
import { describeField } from '../../lib/schema/measurements.ts'
import { parseInstant } from '../../lib/time/instant.ts'
import { badEvent, type EventPlace, type Reading } from './reading.ts'

/** One event as JSON. Of a measurement in lib/schema the fields' types are checked; any other measurement is taken too. */
export const eventShape = z.strictObject({
  measurement: z.string().min(1),
  tags: z.record(z.string().min(1), z.string()).default({}),
  fields: z
    .record(z.string().min(1), z.union([z.number(), z.string(), z.boolean()], 'must be a number, a text or a boolean'))
    .refine((fields) => Object.keys(fields).length > 0, 'must have at least one field'),
  time: z.string().optional(),
})
type JsonEvent = z.output<typeof eventShape>

/** Reads a body of JSON events: one, a list, or one a line (as dead letters of several keep them). */
export function* readJsonEvents(body: Buffer): Generator<Reading> {
  if (!isUtf8(body)) {
    yield badEvent({ line: 1, offset: 0, index: null, bytes: body }, 'the body is not UTF-8')
    return
  }
  const found = jsonEventsIn(body.toString('utf8'))
  if (found === null) {
    yield badEvent({ line: 1, offset: 0, index: null, bytes: body }, 'the body is no JSON')
    return
  }
  for (const [index, value] of found.entries()) {
    const place = { line: index + 1, offset: 0, index, bytes: Buffer.from(JSON.stringify(value)) }
    const parsed = eventShape.safeParse(value)
    if (parsed.success) yield readEvent(place, parsed.data)
    else yield badEvent(place, parsed.error.issues.map(sentenceOf).join('; '))
  }
}

const sentenceOf = ({ path, message }: z.core.$ZodIssue): string =>
  path.length === 0 ? message : `${path.join('.')}: ${message}`

function readEvent(place: EventPlace, { measurement, tags, fields, time }: JsonEvent): Reading {
  const timeNs = time === undefined ? null : timeOf(time)
  if (timeNs === undefined)
    return badEvent(place, `time: "${time}" is neither RFC 3339 with a zone (2026-03-01T06:00:00Z) nor nanoseconds`)
  const typed: [string, FieldValue][] = []
  for (const [name, value] of Object.entries(fields)) {
    const type = describeField(measurement, name)?.type ?? null
    const given = typeof value === 'number' ? 'float' : typeof value
    if (type === 'integer') {
      if (!Number.isSafeInteger(value))
        return badEvent(place, `fields.${name}: must be a whole number, as ${measurement} has it`)
      typed.push([name, BigInt(value as number)])
    } else if (type === null || type === given) typed.push([name, value])
    else return badEvent(place, `fields.${name}: must be a ${wordOf[type]}, as ${measurement} has it`)
  }
  const kept = Object.entries(tags).filter(([, value]) => value !== '')
  kept.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  return { ...place, measurement, tags: kept, fields: typed, timeNs, isExact: time !== undefined && isExact(time) }
}

const wordOf = { float: 'number', string: 'text', boolean: 'boolean' } as const

/** Nanoseconds, or more than three decimals of a second: who names such a time means it. */
const isExact = (time: string): boolean => /^-?\d+$|\.\d{4}/.test(time)

/** @returns undefined for what is no time */
function timeOf(text: string): bigint | undefined {
  if (/^-?\d{1,19}$/.test(text)) {
    const ns = BigInt(text)
    return BigInt.asIntN(64, ns) === ns ? ns : undefined
  }
  return parseInstant(text) ?? undefined
}

function jsonEventsIn(text: string): readonly unknown[] | null {
  const plain = text.replace(/^\uFEFF/, '')
  if (plain.trim() === '') return []
  const whole = parsedJson(plain)
  if (whole !== undefined) return Array.isArray(whole) ? whole : [whole]
  const lines = plain
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parsedJson)
  return lines.includes(undefined) ? null : lines
}

/** @returns undefined for what is no JSON */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
