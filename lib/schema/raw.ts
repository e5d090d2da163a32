import type { MeasurementDefinition } from './define.ts'
import { contextTags, machineTags } from './tags.ts'

const onMachine = [...machineTags, ...contextTags] as const

/** What devices and collectors send. */
export const rawMeasurements = {
  machine_signal: {
    kind: 'raw',
    bucket: 'raw',
    description: 'one sensor signal of a machine; with sensor `state`: 0 stopped, 1 running, 2 set-up, 3 fault',
    fields: { value: { type: 'float', unit: 'sensor', meaning: 'the reading, in the sensor’s own unit' } },
    tags: onMachine,
    writers: ['devices', 'simulator', 'plantwatch import machines'],
  },
  temperature: {
    kind: 'raw',
    bucket: 'raw',
    description: 'a temperature at a machine or in a room',
    fields: { value: { type: 'float', unit: '°C', meaning: 'the temperature' } },
    tags: onMachine,
    writers: ['devices', 'simulator'],
  },
  electricity: {
    kind: 'raw',
    bucket: 'raw',
    description: 'electric power that a machine draws',
    fields: { value: { type: 'float', unit: 'kW', meaning: 'active power at that moment' } },
    tags: onMachine,
    writers: ['devices', 'simulator'],
  },
  production_count: {
    kind: 'raw',
    bucket: 'raw',
    description: 'pieces made since the point before; time without a point is time nobody counted',
    fields: {
      good: { type: 'integer', unit: 'pieces', meaning: 'good pieces since the point before' },
      scrap: { type: 'integer', unit: 'pieces', meaning: 'rejected pieces since the point before' },
    },
    tags: onMachine,
    writers: ['devices', 'simulator'],
  },
  energy_event: {
    kind: 'raw',
    bucket: 'raw',
    description:
      'one event of an energy sensor, cleaned; apparent power may be below active power, as the sensors send it',
    fields: {
      active_power: { type: 'float', unit: 'W', meaning: 'active power' },
      reactive_power: { type: 'float', unit: 'var', meaning: 'reactive power' },
      apparent_power: { type: 'float', unit: 'VA', meaning: 'apparent power' },
      current: { type: 'float', unit: 'A', meaning: 'line current' },
      voltage: { type: 'float', unit: 'V', meaning: 'line voltage' },
      phase: { type: 'float', unit: 'rad', meaning: 'phase angle as the sensor states it' },
      frequency: { type: 'float', unit: 'Hz', meaning: 'mains frequency' },
      wifi_strength: { type: 'float', unit: 'dBm', meaning: 'signal strength of the sensor’s radio' },
      event: { type: 'integer', unit: '', meaning: 'kind of event as the sensor numbers them' },
      coil_reversed: {
        type: 'boolean',
        unit: '',
        meaning: 'whether the sensor says that its coil sits the wrong way round',
      },
      firmware: { type: 'string', unit: '', meaning: 'version of the sensor’s firmware' },
    },
    families: {
      peak: { suffix: 'number', type: 'float', unit: 'sensor', meaning: 'n-th current peak after the event' },
      fft_re: { suffix: 'number', type: 'float', unit: 'sensor', meaning: 'real part of the n-th harmonic' },
      fft_im: { suffix: 'number', type: 'float', unit: 'sensor', meaning: 'imaginary part of the n-th harmonic' },
      other: { suffix: 'name', type: 'string', unit: '', meaning: 'a key nobody knows, with its text as it was sent' },
    },
    tags: onMachine,
    writers: ['devices', 'simulator'],
  },
  network_traffic: {
    kind: 'raw',
    bucket: 'raw',
    description: 'network traffic of one device of a fleet over one day',
    fields: { value: { type: 'float', unit: 'MB', meaning: 'traffic of the day that starts at the point’s time' } },
    tags: ['site', 'device'],
    writers: ['devices'],
  },
  room_activation: {
    kind: 'raw',
    bucket: 'raw',
    description: 'a motion sensor saw somebody; only activations are sent, so silence means nobody or no sensor',
    fields: { activated: { type: 'integer', unit: '', meaning: 'always 1' } },
    tags: ['site', 'room', 'sensor'],
    writers: ['devices', 'simulator'],
  },
} as const satisfies Record<string, MeasurementDefinition>
