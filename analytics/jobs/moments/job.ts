import type { DecodedTable } from '../../../lib/annotated-csv/decode.ts'
import { jobsLatenessNs } from '../../../lib/schema/lateness.ts'
import type { Job } from '../job.ts'
import { momentsFrame, pointsOfFrame } from './frame.ts'
import { sources, summarisedPerHour, values, valuesPerHour } from './queries.ts'
import { type Course, summarise } from './summarise.ts'

const hourNs = 3_600_000_000_000n

/** Count, mean, spread, shape and quantiles of every machine's signals, hour by hour. */
export const momentsJob: Job = {
  name: 'moments',
  description:
    'count, mean, standard deviation, skewness, excess kurtosis, smallest, largest and quantiles of every signal, per machine and hour',
  triggers: [
    { kind: 'cron', cron: '30 * * * * *', lookbackHours: 48 },
    { kind: 'sweep', cron: '0 */10 * * * *' },
    { kind: 'named', measurement: 'late_arrival' },
    { kind: 'named', measurement: 'context_change' },
    { kind: 'on demand' },
  ],
  reads: sources,
  writes: 'moments',
  parameters: {
    window: { value: '1h', unit: '', meaning: 'length of a window; windows begin at full hours of UTC' },
    lateness: {
      value: Number(jobsLatenessNs / 1_000_000_000n),
      unit: 's',
      meaning: 'how long after its end a window is worked out',
    },
    quantileMethod: { value: 'linear', unit: '', meaning: 'how quantiles between two values are read (Hyndman–Fan 7)' },
  },
  windowNs: hourNs,
  latenessNs: jobsLatenessNs,
  stretchNsMax: 24n * hourNs,
  ownPoints: '_measurement="moments" AND job="moments" AND window="1h" AND input="raw"',

  async dueIn({ influx, buckets }, stretch) {
    const there = perHour(await influx.query(valuesPerHour(buckets.raw, stretch)))
    if (there.size === 0) return []
    const done = perHour(await influx.query(summarisedPerHour(buckets.derived, stretch)))
    // Fewer values than were summarised: they expired or were deleted, and what was worked out of them stays.
    return [...there].filter(([startNs, count]) => count > (done.get(startNs) ?? 0n)).map(([startNs]) => startNs)
  },

  async run({ influx, buckets }, stretch) {
    const courses = (await influx.query(values(buckets.raw, stretch))).flatMap((table) => courseOf(table) ?? [])
    const frame = momentsFrame(courses.flatMap((course) => summarise(course, hourNs)))
    return {
      rows: courses.reduce((rows, course) => rows + course.values.length, 0),
      points: pointsOfFrame(frame, '1h'),
    }
  },
}

function perHour(tables: readonly DecodedTable[]): ReadonlyMap<bigint, bigint> {
  const counts = new Map<bigint, bigint>()
  for (const table of tables) {
    const times = table.columns.find(({ label }) => label === '_time')?.cells ?? []
    const cells = table.columns.find(({ label }) => label === '_value')?.cells ?? []
    for (const [row, time] of times.entries()) {
      const count = cells[row]
      if (typeof time === 'bigint' && typeof count === 'bigint') counts.set(time, (counts.get(time) ?? 0n) + count)
    }
  }
  return counts
}

/** A table of one signal as typed columns; null for a table without rows. */
function courseOf(table: DecodedTable): Course | null {
  if (table.length === 0) return null
  const column = (label: string) => table.columns.find((one) => one.label === label)
  const times = column('_time')
  const cells = column('_value')
  if (times?.type !== 'time' || cells?.type !== 'float')
    throw new TypeError('the store answered without times, or with values that are no numbers')
  const tag = (label: string): string => {
    const value = column(label)?.cells[0]
    return typeof value === 'string' ? value : ''
  }
  return {
    source: tag('_measurement'),
    field: tag('_field'),
    site: tag('site'),
    line: tag('line'),
    machine: tag('machine'),
    sensor: tag('sensor'),
    timesNs: BigInt64Array.from(times.cells as readonly bigint[]),
    values: Float64Array.from(cells.cells, (cell) => (typeof cell === 'number' ? cell : Number.NaN)),
  }
}
