import {
  type DateTime,
  dateMath,
  dateTime,
  dateTimeFormat,
  dateTimeParse,
  rangeUtil,
  setTimeZoneResolver,
  type TimeRange,
} from '@grafana/data'

/** The clock that the page counts by, for code of Grafana's that is not told. */
export function useClockOf(timeZone: string): void {
  setTimeZoneResolver(() => timeZone)
}

/** As far as moments go: the years 1684 to 2255. */
const farthestMs = 9_000_000_000_000
const dateText = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)?$/

/**
 * `now-24h`, milliseconds, RFC 3339, or a date with or without a time of day, as a moment.
 * @param dateZone whose clock a date without an offset means
 * @returns null for a text that is none of these
 */
function momentOf(text: string, roundUp: boolean, timeZone: string, dateZone: string): DateTime | null {
  const moment = /^-?\d+$/.test(text)
    ? dateTime(Number(text))
    : text.startsWith('now')
      ? dateMath.toDateTime(text, { roundUp, timezone: timeZone })
      : dateText.test(text)
        ? dateTimeParse(text.replace('T', ' '), { timeZone: dateZone, format: 'YYYY-MM-DD HH:mm:ss.SSS' })
        : /^\d{4}-\d{2}-\d{2}T.*(?:Z|[+-]\d{2}:\d{2})$/.test(text)
          ? dateTime(text)
          : undefined
  return moment?.isValid() && Math.abs(moment.valueOf()) < farthestMs ? moment : null
}

/**
 * The range that two texts say, by the clock of `timeZone`.
 * @param dateZone whose clock dates mean: a link with a date means the same for everybody, whatever clock they look by
 * @returns null when one of the texts is no time
 */
export function timeRangeOf(from: string, to: string, timeZone: string, dateZone = timeZone): TimeRange | null {
  const start = momentOf(from, false, timeZone, dateZone)
  const end = momentOf(to, true, timeZone, dateZone)
  if (start === null || end === null) return null
  const range = { from: start, to: end }
  if (range.to.valueOf() <= range.from.valueOf()) range.to = dateTime(range.from.valueOf() + 1_000)
  const raw = (text: string, moment: DateTime): string | DateTime => (text.startsWith('now') ? text : moment)
  return { ...range, raw: { from: raw(from, range.from), to: raw(to, range.to) } }
}

/** A moment by the clock that the page counts by. @param format of moment.js: `HH:mm:ss` */
export const momentText = (ms: number, format: string): string => dateTimeFormat(ms, { format })

/** A range as it stands in an address. */
export const rangeText = ({ raw }: TimeRange): { from: string; to: string } => ({
  from: typeof raw.from === 'string' ? raw.from : String(raw.from.valueOf()),
  to: typeof raw.to === 'string' ? raw.to : String(raw.to.valueOf()),
})

/** A panel with a length of time of its own keeps it while the page looks at now, as in Grafana. */
export function panelRange(range: TimeRange, timeFrom: string | undefined, timeZone: string): TimeRange {
  if (!timeFrom || !rangeUtil.isRelativeTimeRange(range.raw)) return range
  const own = rangeUtil.describeTextRange(timeFrom)
  return (own.invalid ? null : timeRangeOf(own.from, own.to, timeZone)) ?? range
}

export const describeRange = ({ raw }: TimeRange, timeZone: string): string =>
  rangeUtil.describeTimeRange(raw, timeZone)

export const describeTimeFrom = (timeFrom: string): string => rangeUtil.describeTextRange(timeFrom).display

/** Length of one slice of time: as many as can be drawn side by side, rounded to a length that people use. */
export const intervalMsFor = (range: TimeRange, points: number, least: string | undefined): number =>
  Math.max(1, Math.round(rangeUtil.calculateInterval(range, points, least || undefined).intervalMs))
