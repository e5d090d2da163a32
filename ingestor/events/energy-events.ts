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
 * `{"record": "…"}` a line. Every line of text that is not blank is an event, good or bad; so is every record of a list.
 * @param placeTags tags for all of them; the tag `sensor` is the sensor's own id
 */
export function* readEnergyEvents(body: Buffer, placeTags: PlaceTags = {}): Generator<Reading> {
  const whole = wholeObject(body)
  if (whole !== null) {
    const records = recordsIn(whole)
    if ('refused' in records) yield badEvent({ line: 1, offset: 0, index: 0, bytes: body }, records.refused)
    else
      for (const [index, record] of records.texts.entries()) {
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
    if (!isUtf8(bytes)) yield badEvent(place, 'the line is not UTF-8')
    else if (!text.trimStart().startsWith('{')) yield readEvent(place, text, placeTags)
    else {
      const records = recordsIn(parsedJson(text))
      if ('refused' in records) yield badEvent(place, records.refused)
      // One bad record of a line would lie in the dead letters as the line, and its neighbours be sent twice with it.
      else if (records.texts.length !== 1 || typeof records.texts[0] !== 'string')
        yield badEvent(place, 'a line holds the text of one event: {"record": "…"}')
      else yield readEvent(place, records.texts[0], placeTags)
    }
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

/** A body that is one JSON object as a whole; null for any other body. */
function wholeObject(body: Buffer): object | null {
  if (!isUtf8(body)) return null
  const text = body.toString('utf8').trimStart()
  if (!text.startsWith('{')) return null
  const value = parsedJson(text)
  return typeof value === 'object' ? value : null
}

type Records = { readonly texts: readonly unknown[] } | { readonly refused: string }

/** The records of `{"record": "…"}` or `{"records": ["…", …]}`. Whatever else stands there is refused: nobody would read it. */
function recordsIn(value: unknown): Records {
  if (typeof value !== 'object' || value === null) return { refused: 'the line is no event, nor JSON {"record": "…"}' }
  const names = Object.keys(value)
  const unknown = names.filter((name) => name !== 'record' && name !== 'records')
  if (names.length - unknown.length !== 1)
    return { refused: 'the JSON has to have either "record", the text of one event, or "records", a list of them' }
  if (unknown.length > 0)
    return {
      refused: `the JSON has ${unknown.map((name) => JSON.stringify(name)).join(', ')}, which is not read: send only "record" or "records"`,
    }
  if ('record' in value) return { texts: [value.record] }
  if ('records' in value && Array.isArray(value.records)) return { texts: value.records }
  return { refused: '"records" has to be a list of texts' }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
