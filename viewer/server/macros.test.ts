import { describe, expect, it } from 'vitest'
import { durationText, withMacros } from './macros.ts'

const values = {
  fromMs: Date.UTC(2026, 2, 1, 8),
  toMs: Date.UTC(2026, 2, 1, 9, 0, 0, 250),
  intervalMs: 90_000,
  bucket: 'plant "raw"',
  org: 'works',
}

describe('macros', () => {
  it('become text, as Grafana’s InfluxDB data source writes them', () => {
    const script = `from(bucket: v.defaultBucket) |> range(start: v.timeRangeStart, stop: v.timeRangeStop)
  |> aggregateWindow(every: v.windowPeriod, fn: mean) // \${x} $__interval $__interval_ms v.bucket v.organization`
    expect(withMacros(script, values)).toBe(
      `from(bucket: "plant \\"raw\\"") |> range(start: 2026-03-01T08:00:00Z, stop: 2026-03-01T09:00:00.25Z)
  |> aggregateWindow(every: 1m30s, fn: mean) // \${x} 1m30s 90000 "plant \\"raw\\"" "works"`,
    )
  })

  it('of no known name stay as they are', () => {
    expect(withMacros('r.v v.unknown vv.bucket', values)).toBe('r.v v.unknown vv.bucket')
  })

  it('write lengths of time without fractions, which Flux does not know', () => {
    expect([1, 1_500, 60_000, 3_600_000, 5_400_250].map(durationText)).toEqual([
      '1ms',
      '1s500ms',
      '1m',
      '1h',
      '1h30m250ms',
    ])
  })
})
