import { type DateTime, dateMath, dateTime, rangeUtil, setTimeZoneResolver, type TimeRange } from '@grafana/data'

/** The clock that the page counts by, for code of Grafana's that is not told. */
export function useClockOf(timeZone: string): void {
  setTimeZoneResolver(() => timeZone)
}

/** `now-24h`, milliseconds or RFC 3339 as a moment; a text that is none of these is now. */
function momentOf(text: string, roundUp: boolean, timeZone: string): DateTime {
  if (/^-?\d+$/.test(text)) return dateTime(Number(text))
  return dateMath.toDateTime(text, { roundUp, timezone: timeZone }) ?? dateTime()
}

export function timeRangeOf(from: string, to: string, timeZone: string): TimeRange {
  const range = { from: momentOf(from, false, timeZone), to: momentOf(to, true, timeZone) }
  if (range.to.valueOf() <= range.from.valueOf()) range.to = dateTime(range.from.valueOf() + 1_000)
  const raw = (text: string, moment: DateTime): string | DateTime => (text.startsWith('now') ? text : moment)
  return { ...range, raw: { from: raw(from, range.from), to: raw(to, range.to) } }
}

/** A range as it stands in an address. */
export const rangeText = ({ raw }: TimeRange): { from: string; to: string } => ({
  from: typeof raw.from === 'string' ? raw.from : String(raw.from.valueOf()),
  to: typeof raw.to === 'string' ? raw.to : String(raw.to.valueOf()),
})

/** A panel with a length of time of its own keeps it while the page looks at now, as in Grafana. */
export function panelRange(range: TimeRange, timeFrom: string | undefined, timeZone: string): TimeRange {
  if (!timeFrom || !rangeUtil.isRelativeTimeRange(range.raw)) return range
  const own = rangeUtil.describeTextRange(timeFrom)
  return own.invalid ? range : timeRangeOf(own.from, own.to, timeZone)
}

export const describeRange = ({ raw }: TimeRange, timeZone: string): string =>
  rangeUtil.describeTimeRange(raw, timeZone)

export const describeTimeFrom = (timeFrom: string): string => rangeUtil.describeTextRange(timeFrom).display

/** Length of one slice of time: as many as can be drawn side by side, rounded to a length that people use. */
export const intervalMsFor = (range: TimeRange, points: number, least: string | undefined): number =>
  Math.max(1, Math.round(rangeUtil.calculateInterval(range, points, least || undefined).intervalMs))
