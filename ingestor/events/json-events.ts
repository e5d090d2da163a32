import { isUtf8 } from 'node:buffer'
import { z } from 'zod'
import type { FieldValue } from '../../lib/line-protocol/decode.ts'
import { describeField } from '../../lib/schema/measurements.ts'
import { parseInstant } from '../../lib/time/instant.ts'
import { badEvent, type EventPlace, type Reading, type WantedPlace } from './reading.ts'

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
    else yield { ...badEvent(place, parsed.error.issues.map(sentenceOf).join('; ')), ...wantsOf(value) }
  }
}

/** An event as it was read, with this time instead of its own. */
export function withTime(event: Uint8Array, timeNs: bigint): Buffer {
  const value = JSON.parse(Buffer.from(event).toString()) as { time: string }
  value.time = String(timeNs)
  return Buffer.from(JSON.stringify(value))
}

const timedShape = z.object({ time: z.string() })
const seriesShape = z.object({ measurement: eventShape.shape.measurement, tags: eventShape.shape.tags })

/** The place of what is no event, as far as it can be read. */
function wantsOf(value: unknown): { readonly wants?: WantedPlace } {
  const timed = timedShape.safeParse(value)
  const timeNs = timed.success ? timeOf(timed.data.time) : undefined
  if (timeNs === undefined) return {}
  const series = seriesShape.safeParse(value)
  const of = series.success ? { measurement: series.data.measurement, tags: keptTags(series.data.tags) } : null
  return { wants: { of, timeNs, isExact: isExact(timed.data!.time) } }
}

const sentenceOf = ({ path, message }: z.core.$ZodIssue): string =>
  path.length === 0 ? message : `${path.join('.')}: ${message}`

function readEvent(place: EventPlace, { measurement, tags: given, fields, time }: JsonEvent): Reading {
  const timeNs = time === undefined ? null : timeOf(time)
  if (timeNs === undefined)
    return badEvent(place, `time: "${time}" is neither RFC 3339 with a zone (2026-03-01T06:00:00Z) nor nanoseconds`)
  const at = { timeNs, isExact: time !== undefined && isExact(time) }
  const tags = keptTags(given)
  const bad = (reason: string): Reading => ({
    ...badEvent(place, reason),
    ...(timeNs === null ? {} : { wants: { of: { measurement, tags }, ...at, timeNs } }),
  })
  const typed: [string, FieldValue][] = []
  for (const [name, value] of Object.entries(fields)) {
    const type = describeField(measurement, name)?.type ?? null
    const given = typeof value === 'number' ? 'float' : typeof value
    if (type === 'integer') {
      if (!Number.isSafeInteger(value)) return bad(`fields.${name}: must be a whole number, as ${measurement} has it`)
      typed.push([name, BigInt(value as number)])
    } else if (type === null || type === given) typed.push([name, value])
    else return bad(`fields.${name}: must be a ${wordOf[type]}, as ${measurement} has it`)
  }
  return { ...place, measurement, tags, fields: typed, ...at }
}

function keptTags(tags: Readonly<Record<string, string>>): [name: string, value: string][] {
  const kept = Object.entries(tags).filter(([, value]) => value !== '')
  return kept.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
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
