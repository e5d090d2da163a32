import type { EnergyEvent } from '../lib/energy-event/energy-event.ts'
import { energyEventFields } from '../lib/energy-event/fields.ts'
import type { Sensor } from '../lib/plant/model.ts'
import { type MeasurementName, stateSensor } from '../lib/schema/measurements.ts'
import type { MachineLife, Moment } from './life/machine-life.ts'
import { contextText, fieldText, floatText, type LineWriter, sameContext, seriesText } from './lines.ts'
import { temperatureOf, warmthOf } from './readings/climate.ts'
import { energyEventsOf } from './readings/energy-events.ts'
import { powerOf } from './readings/power.ts'
import { productionOf } from './readings/production.ts'
import { signalOf } from './readings/signals.ts'

/** What a machine of the demo plant sends. */
export interface MachineFeed {
  /** Every sensor's reading at a full minute. */
  minute(writer: LineWriter, ms: number): void
  /** The sensors that are also read every few seconds: state, power, temperatures. */
  fast(writer: LineWriter, ms: number): void
  /** Energy events with a time in [fromMs, toMs). */
  events(writer: LineWriter, fromMs: number, toMs: number): void
  energyEvents(fromMs: number, toMs: number): readonly EnergyEvent[]
}

type Write = (writer: LineWriter, moment: Moment) => void

/** Measurements the demo plant has readings for; sensors of others in a plant model stay silent. */
const simulated = [
  'machine_signal',
  'temperature',
  'electricity',
  'production_count',
  'energy_event',
] as const satisfies readonly MeasurementName[]
type Simulated = (typeof simulated)[number]

export function machineFeed(life: MachineLife, hall: (ms: number) => number): MachineFeed {
  const { profile } = life
  const warmth = warmthOf(life)
  const sensors = profile.machine.sensors
  const isState = ({ measurement, id }: Sensor): boolean => measurement === 'machine_signal' && id === stateSensor
  /** Position among the machine's sensors of that measurement. */
  const indexOf = (sensor: Sensor): number =>
    sensors.filter((other) => other.measurement === sensor.measurement && !isState(other)).indexOf(sensor)
  const values = (sensor: Sensor, reading: (moment: Moment) => number): Write => {
    const series = seriesText(sensor.measurement, profile, sensor.id)
    return (writer, moment) => writer.line(series, `value=${floatText(reading(moment))}`, moment.ms)
  }

  const everyMinute: Write[] = []
  const often: Write[] = []
  const meters: { readonly series: string; readonly between: ReturnType<typeof energyEventsOf> }[] = []
  const add: { readonly [M in Simulated]: (sensor: Sensor) => void } = {
    machine_signal: (sensor) => {
      if (isState(sensor)) often.push(values(sensor, ({ state }) => state))
      else everyMinute.push(values(sensor, signalOf(profile, sensor.id, indexOf(sensor))))
    },
    temperature: (sensor) => often.push(values(sensor, temperatureOf(life, sensor.id, indexOf(sensor), hall, warmth))),
    electricity: (sensor) => often.push(values(sensor, powerOf(life, sensor.id))),
    production_count: (sensor) => {
      const pieces = productionOf(life, sensor.id)
      const series = seriesText('production_count', profile, sensor.id)
      everyMinute.push((writer, moment) => {
        const { ms } = moment
        const made = pieces(ms)
        if (made === null) return
        // At the end of a lot or a shift the pieces belong to what was running, not to what is: only who counts knows that.
        const own = sameContext(made.madeAt, moment) ? series : `${series}${contextText(made.madeAt)}`
        writer.line(own, `good=${made.good}i,scrap=${made.scrap}i`, ms, 2)
      })
    },
    energy_event: (sensor) =>
      meters.push({ series: seriesText('energy_event', profile, sensor.id), between: energyEventsOf(life, sensor.id) }),
  }
  for (const sensor of sensors) {
    const measurement = simulated.find((name) => name === sensor.measurement)
    if (measurement !== undefined) add[measurement](sensor)
  }
  return {
    minute(writer, ms) {
      const moment = life.at(ms)
      for (const write of often) write(writer, moment)
      for (const write of everyMinute) write(writer, moment)
    },
    fast(writer, ms) {
      const moment = life.at(ms)
      for (const write of often) write(writer, moment)
    },
    events(writer, fromMs, toMs) {
      for (const { series, between } of meters)
        for (const { ms, event } of between(fromMs, toMs)) {
          const fields = energyEventFields(event)
          writer.line(series, fields.map(fieldText).join(','), ms, fields.length)
        }
    },
    energyEvents: (fromMs, toMs) =>
      meters
        .flatMap(({ between }) => between(fromMs, toMs))
        .sort((a, b) => a.ms - b.ms)
        .map(({ event }) => event),
  }
}
