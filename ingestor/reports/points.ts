import type { InfluxPoint } from '../../lib/influx/point.ts'
import type { SenderTraffic } from '../intake/senders.ts'

/** As a report finds them; its points tell the difference to the report before. */
export interface Counts {
  readonly lines: number
  readonly quarantined: number
  readonly unavailable: number
  /** Lines not stored, by reason. */
  readonly dropped: ReadonlyMap<string, number>
  /** Dead letters that wait for somebody, by reason. */
  readonly waiting: ReadonlyMap<string, number>
}

/** How much was waiting. */
export interface Gauges {
  readonly lagSeconds: number
  readonly bufferBytes: number
}

/** One sender, for its point. */
export interface SenderNow {
  readonly token: string
  readonly name: string
  readonly traffic: Pick<SenderTraffic, 'lines' | 'bad' | 'lastNs'>
  /** NaN: not known. */
  readonly clockOffsetSeconds: number
  readonly budget: { readonly used: number; readonly seriesMax: number } | undefined
}

const part = 'ingestor'
const whole = (number: number): bigint => BigInt(Math.round(number))

/** `pipeline`: one point for all, and one for each reason for which lines were not stored since or wait in the dead letters. */
export function pipelinePoints(
  before: Counts,
  now: Counts,
  gauges: Gauges,
  seconds: number,
  timeNs: bigint,
): readonly InfluxPoint[] {
  const lines = now.lines - before.lines
  const all: InfluxPoint = {
    measurement: 'pipeline',
    tags: { part },
    fields: {
      lines: whole(lines),
      rate: lines / seconds,
      quarantined: whole(now.quarantined - before.quarantined),
      unavailable: whole(now.unavailable - before.unavailable),
      lag_s: gauges.lagSeconds,
      buffer_bytes: whole(gauges.bufferBytes),
    },
    timeNs,
  }
  const reasons = new Set([...now.dropped.keys(), ...now.waiting.keys(), ...before.waiting.keys()])
  const ofReasons = [...reasons].flatMap((reason): InfluxPoint[] => {
    const dropped = (now.dropped.get(reason) ?? 0) - (before.dropped.get(reason) ?? 0)
    const waiting = now.waiting.get(reason) ?? 0
    // Once more when it has gone, so that its last figure is none.
    if (dropped === 0 && waiting === 0 && !before.waiting.has(reason)) return []
    const fields = { dropped: whole(dropped), waiting: whole(waiting) }
    return [{ measurement: 'pipeline', tags: { part, reason }, fields, timeNs }]
  })
  return [all, ...ofReasons]
}

/** `sender`: its point. @param seconds since its point before */
export function senderPoint(
  before: { readonly lines: number; readonly bad: number },
  { token, name, traffic, clockOffsetSeconds, budget }: SenderNow,
  seconds: number,
  timeNs: bigint,
): InfluxPoint {
  const lines = traffic.lines - before.lines
  return {
    measurement: 'sender',
    // A name may hold what no tag can.
    tags: { sender: name.replace(/[\x00-\x1f\x7f]+/g, ' ').replace(/\\+$/, ''), token },
    fields: {
      lines: whole(lines),
      rate: lines / seconds,
      bad: whole(traffic.bad - before.bad),
      last_seen_ns: whole(traffic.lastNs),
      clock_offset_s: clockOffsetSeconds,
      ...(budget === undefined ? {} : { series: whole(budget.used), series_max: whole(budget.seriesMax) }),
    },
    timeNs,
  }
}

/** `canary`. @param ageSeconds of the newest one that the store gave back; NaN where it gave none yet */
export const canaryPoint = (timeNs: bigint, ageSeconds: number): InfluxPoint => ({
  measurement: 'canary',
  tags: { part },
  fields: { sent_ns: timeNs, age_s: ageSeconds },
  timeNs,
})
