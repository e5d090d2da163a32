import { type ArrivalOptions, arrivalOf } from './arrival.ts'
import { readEnergyEvents } from './energy-events.ts'
import type { EventTimes } from './event-times.ts'
import { readJsonEvents, withTime } from './json-events.ts'

/** What each address of events takes. */
export const eventKinds: Readonly<Record<string, ArrivalOptions['source']>> = {
  '/api/v1/events/energy': 'energy event',
  '/api/v1/events': 'json event',
}

/** A body of events. */
export interface EventBody {
  readonly kind: ArrivalOptions['source']
  readonly bytes: Buffer
  /** Put on all of its energy events. */
  readonly tags: Readonly<Record<string, string>>
}

/** Reads bodies of events; the ones of requests and those of dead letters alike. */
export class EventReader {
  constructor(
    readonly energyTimes: EventTimes,
    readonly jsonTimes: EventTimes,
  ) {}

  /** What the intake takes of a body. @param arrivalNs the time of events without one */
  read({ kind, bytes, tags }: EventBody, arrivalNs: bigint): ReturnType<typeof arrivalOf> {
    if (kind === 'energy event') {
      const times = { of: this.energyTimes, for: 'all' } as const
      return arrivalOf(readEnergyEvents(bytes, tags), { source: kind, times, arrivalNs, tags })
    }
    return arrivalOf(readJsonEvents(bytes), {
      source: kind,
      times: { of: this.jsonTimes, for: 'unstamped', withTime },
      arrivalNs,
    })
  }
}
