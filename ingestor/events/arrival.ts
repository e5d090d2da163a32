import { formatLine } from '../../lib/line-protocol/format.ts'
import type { Arrived, Origin } from '../intake/arrived.ts'
import type { BadEvent } from '../intake/taken.ts'
import type { EventTimes } from './event-times.ts'
import { badEvent, type EventPlace, isBad, type ReadEvent, type Reading } from './reading.ts'
import { RequestTimes } from './request-times.ts'

export interface ArrivalOptions {
  readonly source: 'energy event' | 'json event'
  /**
   * Finds every event a nanosecond of its own, among those of all requests; or only those without a time, which is in nobody's hand:
   * the others are kept apart within their request.
   */
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
  const within = new RequestTimes()
  /** Events that may be moved, which get their times when all that may not have theirs. */
  const movable: { readonly at: number; readonly line: Line; readonly timeNs: bigint }[] = []
  let number = 1
  let count = 0
  const isTurnOver = (): boolean => ++count % eventsAtOnce === 0
  for (const reading of readings) {
    if (isTurnOver()) await othersTurn()
    if (isBad(reading)) {
      bad.push(reading)
      continue
    }
    const line = lineOf(reading)
    if ('refused' in line) {
      bad.push(badEvent(reading, line.refused))
      continue
    }
    const { line: place, offset, index, bytes, timeNs, isExact } = reading
    if (times.for === 'all' || timeNs === null)
      lines.push(textOf(line, times.of.assign(line.series, timeNs ?? arrivalNs)))
    else if (isExact) {
      const lost = within.takeExact(line.series, timeNs, reading.fields)
      if (lost !== null) {
        bad.push(badEvent(reading, otherValue(lost)))
        continue
      }
      lines.push(textOf(line, timeNs))
    } else {
      movable.push({ at: lines.length, line, timeNs })
      lines.push('')
    }
    places.set(number, { line: place, offset, index, bytes })
    number += line.fields.split('\n').length
  }
  for (const { at, line, timeNs } of movable) {
    if (isTurnOver()) await othersTurn()
    lines[at] = textOf(line, within.assign(line.series, timeNs))
  }
  return {
    bytes: Buffer.from(lines.join('')),
    precision: 'ns',
    source,
    origin: { bad, of: (line) => places.get(line)!, tags },
  }
}

const othersTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const otherValue = (field: string): string =>
  `fields.${field}: an event before it in the request has another value, of the same measurement, tags and exact time; the store would keep one of them`

interface Line {
  readonly series: string
  readonly fields: string
}

const textOf = ({ series, fields }: Line, timeNs: bigint): string => `${series} ${fields} ${timeNs}\n`

function lineOf(event: ReadEvent): Line | { readonly refused: string } {
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
