const dayMs = 86_400_000

/** What a clock on the wall of a place shows. */
export interface WallTime {
  /** `2026-11-24` */
  readonly date: string
  /** 0 = Monday … 6 = Sunday */
  readonly weekday: number
  /** 0 … 1439 */
  readonly minuteOfDay: number
}

export interface SiteClock {
  readonly timeZone: string
  /** What to add to UTC, in ms. */
  offsetMs(atMs: number): number
  wallTime(atMs: number): WallTime
  /**
   * The instant (ms since 1970) at which the clock shows this time. A time that summer time leaves out is taken as much
   * later as the clock jumps; of a time that comes twice, the first.
   * @param minuteOfDay may lie outside 0 … 1439: it then counts into the days beside
   */
  instant(date: string, minuteOfDay: number): number
}

const formatters = new Map<string, Intl.DateTimeFormat>()

const formatterOf = (timeZone: string): Intl.DateTimeFormat => {
  let formatter = formatters.get(timeZone)
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      era: 'short',
    })
    formatters.set(timeZone, formatter)
  }
  return formatter
}

const readOffsetMs = (timeZone: string, atMs: number): number => {
  const part: Record<string, string> = {}
  for (const { type, value } of formatterOf(timeZone).formatToParts(atMs)) part[type] = value
  const year = part['era'] === 'BC' ? 1 - Number(part['year']) : Number(part['year'])
  const shown = new Date(0)
  shown.setUTCFullYear(year, Number(part['month']) - 1, Number(part['day']))
  shown.setUTCHours(Number(part['hour']), Number(part['minute']), Number(part['second']))
  return shown.getTime() - Math.floor(atMs / 1000) * 1000
}

export const addDays = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10)

/** 0 = Monday … 6 = Sunday */
export const weekdayOf = (date: string): number => (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7

const clocks = new Map<string, SiteClock>()

/** The clock of a time zone, one per zone. No zone changes its offset but at a full quarter hour, so quarters are remembered. */
export function siteClock(timeZone: string): SiteClock {
  const known = clocks.get(timeZone)
  if (known !== undefined) return known
  const quarterMs = 900_000
  const byQuarter = new Map<number, number>()
  const offsetMs = (atMs: number): number => {
    const quarter = Math.floor(atMs / quarterMs)
    let offset = byQuarter.get(quarter)
    if (offset === undefined) {
      if (byQuarter.size > 50_000) byQuarter.clear()
      offset = readOffsetMs(timeZone, quarter * quarterMs)
      byQuarter.set(quarter, offset)
    }
    return offset
  }
  const clock: SiteClock = {
    timeZone,
    offsetMs,
    wallTime(atMs) {
      const shown = new Date(atMs + offsetMs(atMs))
      return {
        date: shown.toISOString().slice(0, 10),
        weekday: (shown.getUTCDay() + 6) % 7,
        minuteOfDay: shown.getUTCHours() * 60 + shown.getUTCMinutes(),
      }
    },
    instant(date, minuteOfDay) {
      const shown = Date.parse(`${date}T00:00:00Z`) + minuteOfDay * 60_000
      // The offset before any change that day comes first: right for both a time left out and the first of a time that comes twice.
      const before = offsetMs(shown - dayMs)
      const after = offsetMs(shown + dayMs)
      const first = shown - before
      if (offsetMs(first) === before) return first
      const second = shown - after
      return offsetMs(second) === after ? second : first
    },
  }
  clocks.set(timeZone, clock)
  return clock
}
