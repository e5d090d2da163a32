import type { FieldType } from '../schema/define.ts'
import type { FieldName } from '../schema/measurements.ts'
import type { EnergyEvent } from './energy-event.ts'

/** One field of a point; `value` is a number for float and integer. */
export interface TypedField {
  readonly name: string
  readonly type: FieldType
  readonly value: number | string | boolean
}

const f = (name: FieldName<'energy_event'>): string => name

/** The fields of the `energy_event` point of an event; what the event does not say is left out. */
export function energyEventFields(event: EnergyEvent): readonly TypedField[] {
  const rows: readonly (readonly [string, FieldType, number | string | boolean | null])[] = [
    [f('active_power'), 'float', event.activePowerW],
    [f('reactive_power'), 'float', event.reactivePowerVar],
    [f('apparent_power'), 'float', event.apparentPowerVa],
    [f('current'), 'float', event.currentA],
    [f('voltage'), 'float', event.voltageV],
    [f('phase'), 'float', event.phaseRad],
    [f('frequency'), 'float', event.frequencyHz],
    [f('wifi_strength'), 'float', event.wifiStrengthDbm],
    [f('event'), 'integer', event.event],
    [f('coil_reversed'), 'boolean', event.coilReversed],
    [f('firmware'), 'string', event.firmware],
    ...event.peaks.map((value, i) => [`peak_${i + 1}`, 'float', value] as const),
    ...event.fftRe.map((value, i) => [`fft_re_${i + 1}`, 'float', value] as const),
    ...event.fftIm.map((value, i) => [`fft_im_${i + 1}`, 'float', value] as const),
    ...Object.entries(event.other).map(([key, value]) => [`other_${key}`, 'string', value] as const),
  ]
  return rows.flatMap(([name, type, value]) => (value === null ? [] : [{ name, type, value }]))
}
