import { formatInstant, nsPerMs } from '../../lib/time/instant.ts'

export interface MacroValues {
  readonly fromMs: number
  readonly toMs: number
  readonly intervalMs: number
  readonly bucket: string
  readonly org: string
}

/**
 * Puts the range, the slice of time and the names of bucket and organization into a script, as text, as Grafana's InfluxDB
 * data source does. It comes before variables: what a viewer chose is never read as a macro.
 */
export function withMacros(script: string, values: MacroValues): string {
  const { fromMs, toMs, intervalMs, bucket, org } = values
  const known: Readonly<Record<string, string>> = {
    timeRangeStart: instantText(fromMs),
    timeRangeStop: instantText(toMs),
    windowPeriod: durationText(intervalMs),
    bucket: JSON.stringify(bucket),
    defaultBucket: JSON.stringify(bucket),
    organization: JSON.stringify(org),
  }
  return script
    .replace(/\bv\.([A-Za-z]+)\b/g, (text, name: string) => known[name] ?? text)
    .replaceAll('$__interval_ms', String(intervalMs))
    .replaceAll('$__interval', durationText(intervalMs))
}

const instantText = (ms: number): string => formatInstant(BigInt(Math.floor(ms)) * nsPerMs)

/** A length of time as Flux writes it: `90000` → `1m30s`. @param ms whole, at least 1 */
export function durationText(ms: number): string {
  const units = [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
    ['ms', 1],
  ] as const
  let rest = Math.max(1, Math.round(ms))
  let text = ''
  for (const [unit, length] of units) {
    const count = Math.floor(rest / length)
    rest -= count * length
    if (count > 0) text += `${count}${unit}`
  }
  return text
}
