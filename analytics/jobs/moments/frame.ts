import { createRequire } from 'node:module'
import type { DataFrame } from 'danfojs-node'
import type { InfluxPoint } from '../../../lib/influx/point.ts'
import type { Summary } from './summarise.ts'

// danfojs-node is CommonJS whose exports Node cannot see beforehand.
const { DataFrame: Frame } = createRequire(import.meta.url)('danfojs-node') as { DataFrame: typeof DataFrame }

export const statistics = [
  'count',
  'mean',
  'sd',
  'skewness',
  'kurtosis',
  'min',
  'max',
  'q05',
  'q25',
  'median',
  'q75',
  'q95',
] as const
const keys = ['site', 'line', 'machine', 'sensor', 'source', 'field'] as const

/**
 * Summaries as a Danfo frame, one row each: the shape in which people look at them, sort and export them.
 * Its own groupBy and means are not used on it: they are wrong where a value is missing (analytics/danfo.test.ts).
 * @returns columns `start_ns` (text, since a double cannot hold nanoseconds), the keys and the statistics; null without a row
 */
export function momentsFrame(summaries: readonly Summary[]): DataFrame | null {
  // Danfo cannot build a frame that has columns and no rows.
  if (summaries.length === 0) return null
  const columns: Record<string, (string | number)[]> = { start_ns: summaries.map(({ startNs }) => String(startNs)) }
  for (const key of keys) columns[key] = summaries.map(({ course }) => course[key])
  for (const statistic of statistics) columns[statistic] = summaries.map((summary) => summary[statistic])
  return new Frame(columns)
}

/** The `moments` points of such a frame. @param window length of the windows as the tag has it, such as `1h` */
export function pointsOfFrame(frame: DataFrame | null, window: string): readonly InfluxPoint[] {
  if (frame === null) return []
  const column = <T>(name: string): readonly T[] => frame.column(name).values as unknown as readonly T[]
  const starts = column<string>('start_ns')
  const tags = keys.map((key) => [key, column<string>(key)] as const)
  const fields = statistics.map((statistic) => [statistic, column<number>(statistic)] as const)
  return starts.map((start, row) => ({
    measurement: 'moments',
    tags: {
      ...Object.fromEntries(tags.map(([key, values]) => [key, values[row]])),
      job: 'moments',
      window,
      input: 'raw',
    },
    fields: Object.fromEntries(
      fields.map(([name, values]) => [name, name === 'count' ? BigInt(values[row]!) : values[row]!]),
    ),
    timeNs: BigInt(start),
  }))
}
