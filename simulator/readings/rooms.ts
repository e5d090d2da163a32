import type { Room, Site } from '../../lib/plant/model.ts'
import { siteClock } from '../../lib/plant/site-clock.ts'
import { memo } from '../life/memo.ts'
import { between, mix, stream, uniform } from '../life/noise.ts'

const hourMs = 3_600_000
const slotMs = 5 * 60_000

/** How often a room is in use by the hour of a working day: meetings before and after lunch. */
const byHour = [
  0, 0, 0, 0, 0, 0.02, 0.08, 0.18, 0.42, 0.62, 0.68, 0.55, 0.22, 0.46, 0.64, 0.56, 0.38, 0.2, 0.07, 0.03, 0.01, 0, 0, 0,
] as const

/**
 * When a meeting room's motion sensor saw somebody, ms since 1970 within [fromMs, toMs), in order. Only activations are sent;
 * now and then the sensor sends one twice, exactly alike.
 */
export function activationsOf(
  site: Site,
  room: Room,
  seed: number,
): (fromMs: number, toMs: number) => readonly number[] {
  const own = stream(seed, 'room', room.id)
  const meetings = stream(own, 'meeting')
  const movements = stream(own, 'movement')
  const clock = siteClock(site.timeZone)
  const holidays = new Set(site.holidays.map(({ date }) => date))
  const popularity = between(own, 1, 0.55, 1.15)

  /** Stretch of an hour in which the room is in use, or null. */
  const meetingIn = memo((hour: number): readonly [number, number] | null => {
    const { date, weekday, minuteOfDay } = clock.wallTime(hour * hourMs)
    const closed = weekday > 4 || holidays.has(date)
    const busyDay = 0.75 + 0.5 * uniform(own, stream(1, date))
    const share = closed ? 0.004 : Math.min(0.95, byHour[Math.floor(minuteOfDay / 60)]! * popularity * busyDay)
    const draw = mix(meetings, hour)
    if (uniform(draw, 0) >= share) return null
    const from = hour * hourMs + (uniform(draw, 1) < 0.7 ? 0 : between(draw, 2, 5, 30) * 60_000)
    return [from, from + between(draw, 3, 25, 60) * 60_000]
  }, 2_000)

  return (fromMs, toMs) => {
    const times: number[] = []
    for (let slot = Math.floor(fromMs / slotMs); slot * slotMs < toMs; slot++) {
      const draw = mix(movements, slot)
      const ms = slot * slotMs + Math.floor((uniform(draw, 0) * slotMs) / 1000) * 1000
      if (ms < fromMs || ms >= toMs) continue
      const meeting = meetingIn(Math.floor(ms / hourMs))
      if (meeting === null || ms < meeting[0] || ms >= meeting[1] || uniform(draw, 1) >= 0.8) continue
      times.push(ms)
      if (uniform(draw, 2) < 0.03) times.push(ms)
    }
    return times
  }
}
