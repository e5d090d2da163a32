import { plannedTime, type WorkedShift } from '../../lib/plant/calendar.ts'
import type { MachineProfile } from './machine-profile.ts'
import { memo } from './memo.ts'
import { stream, uniform } from './noise.ts'

/** Time in which somebody is at the machine and it is meant to run. */
export interface Manned extends WorkedShift {
  /** Who: the same person for a machine through one shift. */
  readonly operator: string
}

export interface Work {
  /** The stretch of manned time at an instant, or null. */
  at(ms: number): Manned | null
  /** Stretches that begin in [fromMs, toMs), in order; none goes past midnight UTC. */
  startingIn(fromMs: number, toMs: number): readonly Manned[]
  /** The first instant from `ms` on that is manned, or null within a week. */
  firstFrom(ms: number): number | null
}

const dayMs = 86_400_000

const mannedShare = (profile: MachineProfile, { shift, date }: WorkedShift): number => {
  if (shift.to < shift.from) return profile.nightShare
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay()
  return weekday === 0 || weekday === 6 ? 0.6 : 0.985
}

/** When people work at a machine: its planned time, less the shifts that have nobody for it. */
export function workOf(profile: MachineProfile): Work {
  const attendance = stream(profile.seed, 'attendance')
  const people = stream(profile.seed, 'operator')
  const { site, line, machine } = profile

  const operatorOf = (shiftKey: number, shiftId: string): string => {
    const shift = Math.max(
      0,
      site.shifts.findIndex(({ id }) => id === shiftId),
    )
    // Four people per shift and site, each on any machine.
    return `op-${String(shift * 4 + 1 + Math.floor(uniform(people, shiftKey) * 4)).padStart(2, '0')}`
  }
  const spansOfDay = memo(
    (day: number): readonly Manned[] =>
      plannedTime(site, line.id, machine.id, day * dayMs, (day + 1) * dayMs).flatMap((worked) => {
        const shiftKey = stream(0, worked.date, worked.shift.id)
        if (uniform(attendance, shiftKey) >= mannedShare(profile, worked)) return []
        return [{ ...worked, operator: operatorOf(shiftKey, worked.shift.id) }]
      }),
    400,
  )
  const at = (ms: number): Manned | null => {
    const spans = spansOfDay(Math.floor(ms / dayMs))
    for (const span of spans) if (ms >= span.fromMs && ms < span.toMs) return span
    return null
  }
  return {
    at,
    startingIn(fromMs, toMs) {
      const spans: Manned[] = []
      for (let day = Math.floor(fromMs / dayMs); day * dayMs < toMs; day++)
        spans.push(...spansOfDay(day).filter((span) => span.fromMs >= fromMs && span.fromMs < toMs))
      return spans
    },
    firstFrom(ms) {
      const first = Math.floor(ms / dayMs)
      for (let day = first; day < first + 7; day++)
        for (const span of spansOfDay(day)) if (span.toMs > ms) return Math.max(span.fromMs, ms)
      return null
    },
  }
}
