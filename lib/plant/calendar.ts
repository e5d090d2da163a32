import type { PlannedStop, Shift, Site } from './model.ts'
import { weekdays } from './model.ts'
import { addDays, siteClock, weekdayOf } from './site-clock.ts'

/** A stretch of time, half open, in ms since 1970. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** A shift on one day. Its length follows the clock on the wall: 7 or 9 hours in the nights of the time change. */
export interface WorkedShift extends Span {
  readonly shift: Shift
  /** The day it begins, which is the day it belongs to. */
  readonly date: string
}

export interface Day extends Span {
  readonly date: string
}

export interface Week extends Span {
  /** ISO week of the Monday it begins with: `2026-W48`. */
  readonly week: string
}

const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))

/** Minutes of the day from start to end; past midnight the end is above 1440. */
const minutesFromTo = (from: string, to: string): readonly [number, number] => {
  const [start, end] = [minutes(from), minutes(to)]
  return [start, end > start ? end : end + 1440]
}

/** The site's day at an instant: 23, 24 or 25 hours. */
export function dayAt(site: Site, atMs: number): Day {
  const clock = siteClock(site.timeZone)
  const { date } = clock.wallTime(atMs)
  return { date, fromMs: clock.instant(date, 0), toMs: clock.instant(addDays(date, 1), 0) }
}

/** The site's week at an instant, from Monday. */
export function weekAt(site: Site, atMs: number): Week {
  const clock = siteClock(site.timeZone)
  const { date, weekday } = clock.wallTime(atMs)
  const monday = addDays(date, -weekday)
  // The ISO year of a week is that of its Thursday.
  const thursday = addDays(monday, 3)
  const year = thursday.slice(0, 4)
  const days = (Date.parse(`${thursday}T00:00:00Z`) - Date.parse(`${year}-01-01T00:00:00Z`)) / 86_400_000
  return {
    week: `${year}-W${String(Math.floor(days / 7) + 1).padStart(2, '0')}`,
    fromMs: clock.instant(monday, 0),
    toMs: clock.instant(addDays(monday, 7), 0),
  }
}

/** The site's dates that may have something going on in a span, the day before included for what passes midnight. */
const datesAround = (site: Site, { fromMs, toMs }: Span): string[] => {
  const clock = siteClock(site.timeZone)
  const last = clock.wallTime(toMs).date
  const dates: string[] = []
  for (let date = addDays(clock.wallTime(fromMs).date, -1); date <= last; date = addDays(date, 1)) dates.push(date)
  return dates
}

const overlaps = (a: Span, b: Span): boolean => a.fromMs < b.toMs && b.fromMs < a.toMs

/** The shifts worked at some time of [fromMs, toMs), in order and in full length; none begins on a holiday. */
export function shiftsBetween(site: Site, fromMs: number, toMs: number): readonly WorkedShift[] {
  const clock = siteClock(site.timeZone)
  const holidays = new Set(site.holidays.map((holiday) => holiday.date))
  return datesAround(site, { fromMs, toMs })
    .filter((date) => !holidays.has(date))
    .flatMap((date) =>
      site.shifts
        .filter((shift) => shift.days.includes(weekdays[weekdayOf(date)]!))
        .map((shift) => {
          const [start, end] = minutesFromTo(shift.from, shift.to)
          return { shift, date, fromMs: clock.instant(date, start), toMs: clock.instant(date, end) }
        }),
    )
    .filter((worked) => overlaps(worked, { fromMs, toMs }))
    .sort((a, b) => a.fromMs - b.fromMs)
}

/** The shift at work at an instant, or null. */
export const shiftAt = (site: Site, atMs: number): WorkedShift | null => shiftsBetween(site, atMs, atMs + 1)[0] ?? null

const concerns = (stop: PlannedStop, lineId: string, machineId: string): boolean =>
  (stop.lines === undefined && stop.machines === undefined) ||
  stop.lines?.includes(lineId) === true ||
  stop.machines?.includes(machineId) === true

/** Planned stops of one machine that touch [fromMs, toMs), in order of their start; they may overlap. */
export function plannedStopsBetween(
  site: Site,
  lineId: string,
  machineId: string,
  fromMs: number,
  toMs: number,
): readonly (Span & { readonly stop: PlannedStop })[] {
  const clock = siteClock(site.timeZone)
  const dates = datesAround(site, { fromMs, toMs })
  return site.plannedStops
    .filter((stop) => concerns(stop, lineId, machineId))
    .flatMap((stop) => {
      if (!('days' in stop)) {
        const at = (text: string): number => clock.instant(text.slice(0, 10), minutes(text.slice(11)))
        return [{ stop, fromMs: at(stop.from), toMs: at(stop.to) }]
      }
      const [start, end] = minutesFromTo(stop.from, stop.to)
      return dates
        .filter((date) => stop.days.includes(weekdays[weekdayOf(date)]!))
        .map((date) => ({ stop, fromMs: clock.instant(date, start), toMs: clock.instant(date, end) }))
    })
    .filter((span) => overlaps(span, { fromMs, toMs }))
    .sort((a, b) => a.fromMs - b.fromMs)
}

/** Time in which a machine is meant to work: its shifts less planned stops, cut to [fromMs, toMs), in order. */
export function plannedTime(
  site: Site,
  lineId: string,
  machineId: string,
  fromMs: number,
  toMs: number,
): readonly WorkedShift[] {
  const stops = plannedStopsBetween(site, lineId, machineId, fromMs, toMs)
  return shiftsBetween(site, fromMs, toMs).flatMap((worked) => {
    const pieces: WorkedShift[] = []
    let at = Math.max(worked.fromMs, fromMs)
    const end = Math.min(worked.toMs, toMs)
    for (const stop of stops) {
      if (stop.toMs <= at || stop.fromMs >= end) continue
      if (stop.fromMs > at) pieces.push({ ...worked, fromMs: at, toMs: stop.fromMs })
      at = Math.max(at, stop.toMs)
    }
    if (at < end) pieces.push({ ...worked, fromMs: at, toMs: end })
    return pieces
  })
}
