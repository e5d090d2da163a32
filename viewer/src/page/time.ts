import type { DashboardModel } from './dashboard-model.ts'
import { choose } from './location.ts'

/** A range as it stands in an address: `now-24h`, milliseconds since 1970, or a date. */
export interface RangeText {
  readonly from: string
  readonly to: string
}

/** Of a dashboard that names none. */
export const usualRange: RangeText = { from: 'now-6h', to: 'now' }

export const rangeIn = (parameters: URLSearchParams, { time }: DashboardModel): RangeText => ({
  from: parameters.get('from') ?? time?.from ?? usualRange.from,
  to: parameters.get('to') ?? time?.to ?? usualRange.to,
})

export const refreshIn = (parameters: URLSearchParams, { refresh }: DashboardModel): string =>
  parameters.get('refresh') ?? refresh ?? ''

export const rangeQuery = ({ from, to }: RangeText): string => new URLSearchParams({ from, to }).toString()

/** A second is the least that a chart can show something of. */
const shortestMs = 1_000

export function showRange(fromMs: number, toMs: number): void {
  const middle = (fromMs + toMs) / 2
  const half = Math.max(toMs - fromMs, shortestMs) / 2
  choose({ from: String(Math.round(middle - half)), to: String(Math.round(middle + half)) })
}

/** `30s` → 30 000; null for what is no length of time, and for off. */
export function lengthMs(text: string): number | null {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(text)
  const unit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match?.[2] ?? '']
  return match === null || unit === undefined ? null : Number(match[1]) * unit
}
