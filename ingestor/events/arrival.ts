import { formatLine } from '../../lib/line-protocol/format.ts'
import type { Arrived, Origin } from '../intake/intake.ts'
import type { BadEvent } from '../intake/take.ts'
import type { EventTimes } from './event-times.ts'
import { badEvent, type ReadEvent, type Reading } from './reading.ts'

export interface ArrivalOptions {
  readonly source: 'energy event' | 'json event'
  /** Finds every event a nanosecond of its own, or only those without a time: theirs is in nobody's hand. */
  readonly times: { readonly of: EventTimes; readonly for: 'all' | 'unstamped' }
  /** When the request came: the time of events without one. */
  readonly arrivalNs: bigint
  readonly tags?: Readonly<Record<string, string>>
}

/** The events of a request as the intake takes them: a line of line protocol for each, its time written out, so that the log pins it. */
export function arrivalOf(
  { events, bad }: Reading,
  { source, times, arrivalNs, tags = {} }: ArrivalOptions,
): Pick<Arrived, 'bytes' | 'precision' | 'source'> & { readonly origin: Origin } {
  const lines: string[] = []
  /** By the number of the line that was made of it: a text may hold line ends. */
  const sources = new Map<number, ReadEvent>()
  let number = 1
  const refused: BadEvent[] = [...bad]
  for (const event of events) {
    const line = lineOf(event)
    if ('refused' in line) {
      refused.push(badEvent(event, line.refused))
      continue
    }
    const own = event.timeNs ?? arrivalNs
    const timeNs = times.for === 'all' || event.timeNs === null ? times.of.assign(line.series, own) : own
    lines.push(`${line.series} ${line.fields} ${timeNs}\n`)
    sources.set(number, event)
    number += line.fields.split('\n').length
  }
  return {
    bytes: Buffer.from(lines.join('')),
    precision: 'ns',
    source,
    origin: { bad: refused, of: (line) => sources.get(line)!, tags },
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
