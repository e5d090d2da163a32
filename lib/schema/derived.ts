import type { MeasurementDefinition } from './define.ts'
import { machineTags } from './tags.ts'

const score = { type: 'float', unit: '', meaning: 'above 1 is an anomaly' } as const
const reason = { type: 'string', unit: '', meaning: 'why, in plain words' } as const
const ratio = (meaning: string) => ({ type: 'float', unit: 'ratio 0..1', meaning }) as const
const inSensorUnit = (meaning: string) => ({ type: 'float', unit: 'sensor', meaning }) as const

/** What analytics jobs work out. The time of a point is its window's start. */
export const derivedMeasurements = {
  moments: {
    kind: 'derived',
    bucket: 'derived',
    description:
      'summary statistics of one series over one window; gaps are skipped, and a window without a value has no point',
    fields: {
      count: { type: 'integer', unit: 'values', meaning: 'values in the window' },
      mean: inSensorUnit('mean'),
      sd: inSensorUnit('standard deviation, n − 1 below; absent for a single value'),
      skewness: { type: 'float', unit: '', meaning: 'skewness; absent where it is not defined' },
      kurtosis: {
        type: 'float',
        unit: '',
        meaning: 'excess kurtosis, 0 for a normal distribution; absent where it is not defined',
      },
      min: inSensorUnit('smallest value'),
      max: inSensorUnit('largest value'),
      q05: inSensorUnit('5 % quantile'),
      q25: inSensorUnit('25 % quantile'),
      median: inSensorUnit('median'),
      q75: inSensorUnit('75 % quantile'),
      q95: inSensorUnit('95 % quantile'),
    },
    tags: [...machineTags, 'job', 'window', 'input', 'source', 'field'],
    writers: ['job moments'],
  },
  sensor_error: {
    kind: 'derived',
    bucket: 'derived',
    description: 'a reading that is a communication error, with what it should have been',
    fields: {
      value: inSensorUnit('the reading as it came'),
      repaired: inSensorUnit('the reading as it should have been'),
      score,
    },
    tags: [...machineTags, 'job', 'source', 'field', 'model'],
    writers: [],
  },
  anomaly: {
    kind: 'derived',
    bucket: 'derived',
    description: 'how far a reading is from what was expected',
    fields: {
      score,
      expected: inSensorUnit('expected value'),
      lower: inSensorUnit('lower bound of the expected range'),
      upper: inSensorUnit('upper bound of the expected range'),
    },
    tags: [...machineTags, 'job', 'source', 'field', 'input', 'model'],
    writers: [],
  },
  operating_mode: {
    kind: 'derived',
    bucket: 'derived',
    description: 'the state of health of a machine from its time on',
    fields: {
      mode: { type: 'string', unit: '', meaning: 'normal, faulty or failed' },
      score,
      reason,
    },
    tags: ['site', 'line', 'machine', 'job', 'input', 'model'],
    writers: [],
  },
  fleet_oddity: {
    kind: 'derived',
    bucket: 'derived',
    description: 'how odd a device is among its fleet',
    fields: { score, reason },
    tags: ['site', 'device', 'job', 'window', 'model', 'feature'],
    writers: [],
  },
  energy_cluster: {
    kind: 'derived',
    bucket: 'derived',
    description: 'one cluster of similar energy events',
    fields: {
      events: { type: 'integer', unit: 'events', meaning: 'events in the cluster' },
      active_power: { type: 'float', unit: 'W', meaning: 'mean active power of its events' },
    },
    tags: [...machineTags, 'job', 'window', 'model', 'cluster'],
    writers: [],
  },
  occupancy_forecast: {
    kind: 'derived',
    bucket: 'derived',
    description: 'how likely a room is occupied in the hour that starts at the point’s time',
    fields: {
      ratio: ratio('likelihood that the room is occupied'),
      lower: ratio('lower bound of the likelihood'),
      upper: ratio('upper bound of the likelihood'),
    },
    tags: ['site', 'room', 'sensor', 'job', 'model'],
    writers: [],
  },
  occupancy_accuracy: {
    kind: 'derived',
    bucket: 'derived',
    description: 'how good the forecasts of a window were',
    fields: {
      accuracy: ratio('hours that were forecast right'),
      brier: { type: 'float', unit: '', meaning: 'Brier score, 0 is perfect' },
    },
    tags: ['site', 'room', 'sensor', 'job', 'window', 'model'],
    writers: [],
  },
  lot_kpi: {
    kind: 'derived',
    bucket: 'derived',
    description: 'what one lot took on one machine',
    fields: {
      energy_kwh: { type: 'float', unit: 'kWh', meaning: 'energy of the lot' },
      good: { type: 'integer', unit: 'pieces', meaning: 'good pieces' },
      scrap: { type: 'integer', unit: 'pieces', meaning: 'rejected pieces' },
      duration_s: { type: 'float', unit: 's', meaning: 'length of the lot' },
      missing_s: { type: 'float', unit: 's', meaning: 'time of the lot without readings' },
      score,
    },
    tags: ['site', 'line', 'machine', 'product', 'lot', 'operator', 'order', 'job'],
    writers: [],
  },
  energy_kpi: {
    kind: 'derived',
    bucket: 'derived',
    description: 'energy of a machine over a window',
    fields: {
      energy_kwh: { type: 'float', unit: 'kWh', meaning: 'energy' },
      idle_kwh: { type: 'float', unit: 'kWh', meaning: 'energy while nothing was made' },
      per_piece_kwh: { type: 'float', unit: 'kWh/piece', meaning: 'energy per good piece; absent without one' },
      cost: { type: 'float', unit: 'site currency', meaning: 'energy times the site’s price' },
      missing_s: { type: 'float', unit: 's', meaning: 'time without readings, which is not integrated over' },
    },
    tags: ['site', 'line', 'machine', 'product', 'job', 'window'],
    writers: [],
  },
  availability: {
    kind: 'derived',
    bucket: 'derived',
    description: 'how much of the planned time a machine ran',
    fields: {
      running_s: { type: 'float', unit: 's', meaning: 'time running' },
      planned_s: {
        type: 'float',
        unit: 's',
        meaning: 'time that shifts had planned, without holidays and planned stops',
      },
      missing_s: { type: 'float', unit: 's', meaning: 'planned time without readings' },
      ratio: ratio('running time over planned time; absent without planned time'),
    },
    tags: ['site', 'line', 'machine', 'job', 'window'],
    writers: [],
  },
} as const satisfies Record<string, MeasurementDefinition>
