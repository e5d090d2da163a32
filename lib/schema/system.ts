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
    description:
      'readings that came to the store some 2 minutes or more after their own time, also because it was away: jobs rerun the windows that they fall into; the point’s time is when the last of them had come',
    fields: {
      from_ns: instant('earliest of them'),
      to_ns: instant('just after the latest of them; as a rule every hour in between has one'),
      points: count('points', 'how many they are'),
    },
    tags: ['site', 'line', 'machine', 'source'],
    writers: ['ingestor'],
  },
} as const satisfies Record<string, MeasurementDefinition>

/** What Plantwatch tells about itself. */
export const systemMeasurements = {
  pipeline: {
    kind: 'system',
    bucket: 'derived',
    description:
      'how a part of Plantwatch was doing; a point with the tag `reason` tells of lines that were not stored, the others of all',
    fields: {
      lines: count('lines', 'lines accepted since the point before'),
      rate: { type: 'float', unit: 'lines/s', meaning: 'lines accepted per second since the point before' },
      quarantined: count('lines', 'lines out of their plausible range since the point before'),
      unavailable: count('requests', 'requests answered 503 since the point before: their senders keep them'),
      dropped: count(
        'lines',
        'lines not stored since the point before, by the tag `reason`: that of their dead letters, or `quota`',
      ),
      waiting: count('letters', 'dead letters that wait for somebody, by the tag `reason`'),
      lag_s: seconds(
        'the longest that a reading was seen waiting for the store since the point before; 0 when none waited',
      ),
      buffer_bytes: count('bytes', 'the most bytes seen waiting for delivery since the point before'),
    },
    tags: ['part', 'reason'],
    writers: ['ingestor'],
  },
  sender: {
    kind: 'system',
    bucket: 'derived',
    description:
      'how a sender (a token) was doing; 200 are told apart, the others together are called `other`; a silent one has a point a minute',
    fields: {
      lines: count('lines', 'lines accepted since the point before'),
      rate: { type: 'float', unit: 'lines/s', meaning: 'lines accepted per second since the point before' },
      bad: count('lines', 'lines not stored since the point before: they lie in the dead letters'),
      last_seen_ns: instant('arrival of its latest request'),
      clock_offset_s: seconds(
        'how much older than its arrival the newest reading of a request was, median since the point before, right to half a second: steady minutes are a wrong clock, negative is one that is ahead; absent without a request that had times',
      ),
      series: count('series', 'series of its budget that it has used'),
      series_max: count('series', 'series that its budget allows'),
    },
    tags: ['sender', 'token'],
    writers: ['ingestor'],
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
    description: 'a point of the ingestor’s own, delivered like any other: its age is the age of everything',
    fields: {
      sent_ns: instant('when it was accepted'),
      age_s: seconds('age of the newest canary that the store gave back at that moment'),
    },
    tags: ['part'],
    writers: ['ingestor'],
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
