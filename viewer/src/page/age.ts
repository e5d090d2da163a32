import { momentText } from '../grafana/time-range.ts'

/** How long ago, in the largest unit that fits: `4 s`, `3 min`, `2 h`, `5 days`. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000))
  if (seconds < 90) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return `${minutes} min`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`
}

/** The time of day on the clock that the page counts by, the site's unless another one was chosen: `07:02:33`. */
export const clockText = (ms: number): string => momentText(ms, 'HH:mm:ss')

/** The same with its day and the clock's distance from UTC: `2026-11-20 07:02:33 (+01:00)`. */
export const momentWithDay = (ms: number): string => momentText(ms, 'YYYY-MM-DD HH:mm:ss (Z)')

/** Readings come every few seconds from most machines and every few minutes from the slowest. */
const freshMs = 2 * 60_000
const staleMs = 15 * 60_000

export const freshness = (ms: number): 'fresh' | 'late' | 'stale' =>
  ms < freshMs ? 'fresh' : ms < staleMs ? 'late' : 'stale'
