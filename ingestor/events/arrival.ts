import { formatLine } from '../../lib/line-protocol/format.ts'
import type { Arrived, Origin } from '../intake/arrived.ts'
import type { BadEvent } from '../intake/taken.ts'
import type { EventTimes } from './event-times.ts'
import { badEvent, type EventPlace, isBad, type ReadEvent, type Reading } from './reading.ts'

export interface ArrivalOptions {
  readonly source: 'energy event' | 'json event'
  /** Finds every event a nanosecond of its own, or only those without a time: theirs is in nobody's hand. */
  readonly times: { readonly of: EventTimes; readonly for: 'all' | 'unstamped' }
  /** When the request came: the time of events without one. */
  readonly arrivalNs: bigint
  readonly tags?: Readonly<Record<string, string>>
}

/** Events between two looks at what else there is to do. */
const eventsAtOnce = 200

/**
 * The events of a request as the intake takes them: a line of line protocol for each, its time written out, so that the log pins it.
 * A large body lets others have their turn in between.
 */
export async function arrivalOf(
  readings: Iterable<Reading>,
  { source, times, arrivalNs, tags = {} }: ArrivalOptions,
): Promise<Pick<Arrived, 'bytes' | 'precision' | 'source'> & { readonly origin: Origin }> {
  const lines: string[] = []
  /** By the number of the line that was made of it: a text may hold line ends. */
  const places = new Map<number, EventPlace>()
  const bad: BadEvent[] = []
  let number = 1
  let count = 0
  for (const reading of readings) {
    if (++count % eventsAtOnce === 0) await new Promise((resolve) => setImmediate(resolve))
    if (isBad(reading)) {
      bad.push(reading)
      continue
    }
    const line = lineOf(reading)
    if ('refused' in line) {
      bad.push(badEvent(reading, line.refused))
      continue
    }
    const own = reading.timeNs ?? arrivalNs
    const timeNs = times.for === 'all' || reading.timeNs === null ? times.of.assign(line.series, own) : own
    lines.push(`${line.series} ${line.fields} ${timeNs}\n`)
    const { line: place, offset, index, bytes } = reading
    places.set(number, { line: place, offset, index, bytes })
    number += line.fields.split('\n').length
  }
  return {
    bytes: Buffer.from(lines.join('')),
    precision: 'ns',
    source,
    origin: { bad, of: (line) => places.get(line)!, tags },
  }
}

function lineOf(event: ReadEvent): { readonly series: string; readonly fields: string } | { readonly refused: string } {
  try {
    const { measurement, tags } = event
    if (measurement.startsWith('#')) return { refused: 'a measurement that begins with # would be a comment' }
    const whole = formatLine(event)
    const series = formatLine({ measurement, tags, fields: [['x', true]] }).slice(0, -' x=true'.length)
    const fields = whole.slice(series.length + 1)
    return { series, fields }
  } catch (error) {
    if (error instanceof RangeError) return { refused: error.message }
    throw error
  }
}
