import { isUtf8 } from 'node:buffer'
import type { EnergyEvent } from '../../lib/energy-event/energy-event.ts'
import { energyEventFields, type TypedField } from '../../lib/energy-event/fields.ts'
import { parseEnergyEvent } from '../../lib/energy-event/parse.ts'
import type { FieldValue } from '../../lib/line-protocol/decode.ts'
import { badEvent, type EventPlace, type ReadEvent, type Reading } from './reading.ts'
import { textLines } from './text-lines.ts'

/** Tags that the request names for all of its events: the text of a sensor says nothing of its place. */
export type PlaceTags = Readonly<Record<string, string>>
export const placeTagNames = ['site', 'line', 'machine'] as const

/**
 * Reads a body of energy events: the sensors' text, one event a line, or JSON `{"record": "…"}`, `{"records": ["…", …]}`, or one
 * such object a line. Every line of text that is not blank is an event, good or bad; so is every record of a list.
 * @param placeTags tags for all of them; the tag `sensor` is the sensor's own id
 */
export function* readEnergyEvents(body: Buffer, placeTags: PlaceTags = {}): Generator<Reading> {
  const records = jsonRecords(body)
  if (records !== null) {
    for (const [index, record] of records.entries()) {
      const text = typeof record === 'string' ? record : JSON.stringify(record)
      const place = { line: index + 1, offset: 0, index, bytes: Buffer.from(text) }
      if (typeof record !== 'string') yield badEvent(place, 'a record is the text of one event')
      else if (record.trim() === '') yield badEvent(place, 'the record is empty')
      else yield readEvent(place, record, placeTags)
    }
    return
  }
  for (const { line, offset, bytes } of textLines(body)) {
    const place = { line, offset, index: null, bytes }
    const text = bytes.toString('utf8')
    const record = text.trimStart().startsWith('{') ? recordIn(text) : text
    if (!isUtf8(bytes)) yield badEvent(place, 'the line is not UTF-8')
    else if (record === null) yield badEvent(place, 'the line is no event, nor JSON {"record": "…"}')
    else yield readEvent(place, record, placeTags)
  }
}

function readEvent(place: EventPlace, text: string, placeTags: PlaceTags): Reading {
  // A record may end in a line end as a line does; one within it is none of the sensors' and fails as what stands there.
  const parsed = parseEnergyEvent(text.trimEnd())
  if ('rejected' in parsed) {
    const { offset, reason } = parsed.rejected
    return badEvent(place, offset === 0 ? reason : `${reason} (at character ${offset + 1})`)
  }
  return { ...place, ...pointOf(parsed.accepted, placeTags) }
}

function pointOf(
  event: EnergyEvent,
  placeTags: PlaceTags,
): Pick<ReadEvent, 'measurement' | 'tags' | 'fields' | 'timeNs'> {
  const tags = Object.entries({ ...placeTags, sensor: event.device })
  tags.sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    measurement: 'energy_event',
    tags,
    fields: energyEventFields(event).map((field) => [field.name, typedValue(field)]),
    timeNs: event.timeNs,
  }
}

/** The value with line protocol's type. */
const typedValue = ({ type, value }: TypedField): FieldValue => (type === 'integer' ? BigInt(value as number) : value)

/** The records of a body that is one JSON object as a whole; null for any other body. */
function jsonRecords(body: Buffer): readonly unknown[] | null {
  const start = body.findIndex((byte) => byte > 32)
  if (body[start] !== 123 || !isUtf8(body)) return null
  const value = parsedJson(body.toString('utf8'))
  if (typeof value !== 'object' || value === null) return null
  if ('records' in value && Array.isArray(value.records)) return value.records
  if ('record' in value) return [value.record]
  return [value]
}

const recordIn = (text: string): string | null => {
  const value = parsedJson(text)
  if (typeof value !== 'object' || value === null || !('record' in value)) return null
  return typeof value.record === 'string' ? value.record : null
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
