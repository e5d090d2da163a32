import { formatLine } from '../../lib/line-protocol/format.ts'
import type { Arrived, Origin } from '../intake/arrived.ts'
import type { BadEvent } from '../intake/taken.ts'
import type { EventTimes } from './event-times.ts'
import { badEvent, type EventPlace, isBad, type ReadEvent, type Reading, type WantedPlace } from './reading.ts'
import { RequestTimes } from './request-times.ts'

export interface ArrivalOptions {
  readonly source: 'energy event' | 'json event'
  /**
   * Finds every event a nanosecond of its own, among those of all requests; or only those without a time, which is in nobody's hand:
   * the others are kept apart within their request, and what a dead letter keeps of one that was moved names its new time.
   */
  readonly times:
    | { readonly of: EventTimes; readonly for: 'all' }
    | {
        readonly of: EventTimes
        readonly for: 'unstamped'
        readonly withTime: (event: Uint8Array, timeNs: bigint) => Uint8Array
      }
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
  const places = new Map<number, MovedPlace>()
  const bad: BadEvent[] = []
  const within = new RequestTimes()
  /** Events that may be moved, which get their times when all that may not have theirs. */
  const movable: Movable[] = []
  const keepBad = (event: BadEvent, wants?: WantedPlace): void => {
    const at = bad.push(event) - 1
    if (times.for === 'all' || wants === undefined) return
    const { of, timeNs, isExact } = wants
    const series = of === null ? null : seriesOf(of)
    if (!isExact) {
      const move = (ns: bigint): void => void (bad[at] = { ...event, bytes: times.withTime(event.bytes, ns) })
      movable.push({ series, timeNs, take: (ns) => (ns === timeNs ? undefined : move(ns)) })
    } else if (series !== null) within.takeExact(series, timeNs, [])
  }
  let number = 1
  let count = 0
  const isTurnOver = (): boolean => ++count % eventsAtOnce === 0
  for (const reading of readings) {
    if (isTurnOver()) await othersTurn()
    if (isBad(reading)) {
      const { wants, ...event } = reading
      keepBad(event, wants)
      continue
    }
    const line = lineOf(reading)
    const { line: place, offset, index, bytes, timeNs, isExact = false } = reading
    if ('refused' in line) {
      keepBad(badEvent(reading, line.refused), timeNs === null ? undefined : { of: reading, timeNs, isExact })
      continue
    }
    const moved: MovedPlace = { line: place, offset, index, bytes, movedNs: null }
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
      const at = lines.push('') - 1
      const take = (ns: bigint): void => {
        lines[at] = textOf(line, ns)
        if (ns !== timeNs) moved.movedNs = ns
      }
      movable.push({ series: line.series, timeNs, take })
    }
    places.set(number, moved)
    number += line.fields.split('\n').length
  }
  for (const { series, timeNs, take } of movable) {
    if (isTurnOver()) await othersTurn()
    if (series !== null) take(within.assign(series, timeNs))
  }
  for (const { series, timeNs, take } of movable) if (series === null) take(within.assignApart(timeNs))
  const of = (line: number): EventPlace => {
    const { movedNs, ...place } = places.get(line)!
    return movedNs === null || times.for === 'all' ? place : { ...place, bytes: times.withTime(place.bytes, movedNs) }
  }
  return { bytes: Buffer.from(lines.join('')), precision: 'ns', source, origin: { bad, of, tags } }
}

/** An event's place in its request, and the time that it got instead of its own. */
interface MovedPlace extends EventPlace {
  movedNs: bigint | null
}

interface Movable {
  /** null where it cannot be read. */
  readonly series: string | null
  readonly timeNs: bigint
  readonly take: (timeNs: bigint) => void
}

const othersTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const heldBack = 'of the same measurement, tags and exact time; the store would keep one of them'
const otherValue = (field: string): string =>
  `fields.${field}: an event before it in the request has another value, ${heldBack}`

/** Whether a dead letter's message says that nothing is wrong with its event but another one's value. Letters are kept long: the words stay. */
export const isHeldBack = (message: string): boolean => message.includes(heldBack)

interface Line {
  readonly series: string
  readonly fields: string
}

const textOf = ({ series, fields }: Line, timeNs: bigint): string => `${series} ${fields} ${timeNs}\n`

function lineOf(event: ReadEvent): Line | { readonly refused: string } {
  try {
    if (event.measurement.startsWith('#')) return { refused: 'a measurement that begins with # would be a comment' }
    const whole = formatLine(event)
    const series = seriesText(event)
    const fields = whole.slice(series.length + 1)
    return { series, fields }
  } catch (error) {
    if (error instanceof RangeError) return { refused: error.message }
    throw error
  }
}

type SeriesParts = Pick<ReadEvent, 'measurement' | 'tags'>

/** @throws RangeError for what line protocol cannot hold */
const seriesText = ({ measurement, tags }: SeriesParts): string =>
  formatLine({ measurement, tags, fields: [['x', true]] }).slice(0, -' x=true'.length)

/** null for what can be no series, and will be another when it is mended. */
function seriesOf(parts: SeriesParts): string | null {
  try {
    return parts.measurement.startsWith('#') ? null : seriesText(parts)
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}
