import type { MeasurementDefinition } from './define.ts'

const count = (unit: string, meaning: string) => ({ type: 'integer', unit, meaning }) as const
const seconds = (meaning: string) => ({ type: 'float', unit: 's', meaning }) as const
const text = (meaning: string) => ({ type: 'string', unit: '', meaning }) as const
const instant = (meaning: string) => ({ type: 'integer', unit: 'ns since 1970', meaning }) as const

/** What the parts tell one another over the InfluxDB API, since they share nothing else. */
export const betweenMeasurements = {
  context_interval: {
    kind: 'between',
    bucket: 'derived',
    description: 'what ran on a machine from the point’s time on',
    fields: {
      lot: text('the lot'),
      product: text('the product'),
      operator: text('the operator'),
      order: text('the order'),
      to_ns: instant('end of the interval, not included; absent while it is open'),
    },
    tags: ['site', 'line', 'machine'],
    writers: ['ingestor'],
  },
  context_change: {
    kind: 'between',
    bucket: 'derived',
    description: 'a correction of context: jobs rerun the windows that it touches',
    fields: {
      from_ns: instant('start of the time touched'),
      to_ns: instant('end of the time touched, not included'),
      points: count('points', 'points that changed their context'),
      who: text('who corrected it'),
      what: text('what was corrected, in plain words'),
    },
    tags: ['site', 'line', 'machine'],
    writers: ['ingestor'],
  },
  late_arrival: {
    kind: 'between',
    bucket: 'derived',
    description: 'readings that came after the jobs’ windows had closed: jobs rerun these windows',
    fields: {
      from_ns: instant('earliest late reading'),
      to_ns: instant('just after the latest late reading'),
      points: count('points', 'late readings'),
    },
    tags: ['site', 'line', 'machine', 'source'],
    writers: [],
  },
} as const satisfies Record<string, MeasurementDefinition>

/** What Plantwatch tells about itself. */
export const systemMeasurements = {
  pipeline: {
    kind: 'system',
    bucket: 'derived',
    description: 'how a part of Plantwatch was doing',
    fields: {
      lines: count('lines', 'lines accepted since the point before'),
      dropped: count('lines', 'lines dropped since the point before, by the tag `reason`'),
      lag_s: seconds('age of the oldest reading not yet delivered'),
      buffer_bytes: count('bytes', 'bytes waiting for delivery'),
    },
    tags: ['part', 'reason'],
    writers: [],
  },
  job_run: {
    kind: 'system',
    bucket: 'derived',
    description: 'one run of an analytics job; the time is when it started',
    fields: {
      duration_ms: { type: 'float', unit: 'ms', meaning: 'how long it took' },
      rows: count('rows', 'rows read'),
      points: count('points', 'points written'),
      outcome: text('ok, or what went wrong in plain words'),
    },
    tags: ['job'],
    writers: ['analytics'],
  },
  canary: {
    kind: 'system',
    bucket: 'derived',
    description: 'a point of the ingestor’s own: its age is the age of everything',
    fields: { sent_ns: instant('when it was accepted') },
    tags: ['part'],
    writers: [],
  },
  simulator_progress: {
    kind: 'system',
    bucket: 'raw',
    description: 'the demo plant has delivered everything from the point’s time on, for `length_s`',
    fields: {
      length_s: seconds('length of the stretch of history'),
    },
    tags: ['run'],
    writers: ['simulator'],
  },
} as const satisfies Record<string, MeasurementDefinition>
