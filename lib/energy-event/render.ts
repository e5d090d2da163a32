import type { EnergyEvent } from './energy-event.ts'

/** How dirty the text is; without any, as the sensors send it. */
export interface RenderStyle {
  /** `CoilRevesed` and `Appearent`, as sent, or as documented. */
  readonly misspelt?: boolean
  /** A decimal comma in the phase only, as sent, in all numbers or in none. */
  readonly decimalComma?: 'phase' | 'all' | 'none'
  /** Between the items of a list. */
  readonly listSeparator?: ';' | '; '
  /** `A` after the current, as documented. */
  readonly unitOnCurrent?: boolean
  readonly paddedDate?: boolean
}

/** The text of an event as energy sensors send it, so that `parseEnergyEvent(renderEnergyEvent(e))` is `e` again. */
export function renderEnergyEvent(event: EnergyEvent, style: RenderStyle = {}): string {
  const { misspelt = true, decimalComma = 'phase', listSeparator = ';', unitOnCurrent = false } = style
  const number = (value: number, comma = decimalComma === 'all'): string =>
    comma ? String(value).replace('.', ',') : String(value)
  const list = (values: readonly number[]): string => values.map((value) => number(value)).join(listSeparator)
  const fields = (pairs: readonly (readonly [key: string, value: string | null])[]): string =>
    pairs.flatMap(([key, value]) => (value === null ? [] : [`${key}=${value}`])).join('; ')
  const quantity = (value: number | null, unit: string, comma?: boolean): string | null =>
    value === null ? null : `${number(value, comma)}${unit}`

  const sections: readonly (readonly [name: string, text: string | null])[] = [
    [
      'Device',
      fields([
        ['ID', event.device],
        ['Fw', event.firmware],
        ['Evt', event.event === null ? null : String(event.event)],
      ]),
    ],
    [
      'Alarms',
      fields([
        [
          misspelt ? 'CoilRevesed' : 'CoilReversed',
          event.coilReversed === null ? null : event.coilReversed ? 'ON' : 'OFF',
        ],
      ]),
    ],
    [
      'Power',
      fields([
        ['Active', quantity(event.activePowerW, 'W')],
        ['Reactive', quantity(event.reactivePowerVar, 'var')],
        [misspelt ? 'Appearent' : 'Apparent', quantity(event.apparentPowerVa, 'VA')],
      ]),
    ],
    [
      'Line',
      fields([
        ['Current', quantity(event.currentA, unitOnCurrent ? 'A' : '')],
        ['Voltage', quantity(event.voltageV, 'V')],
        ['Phase', quantity(event.phaseRad, 'rad', decimalComma !== 'none')],
      ]),
    ],
    ['Peaks', list(event.peaks)],
    ['FFT Re', list(event.fftRe)],
    ['FFT Img', list(event.fftIm)],
    ['UTC Time', event.timeNs === null ? null : timeText(event.timeNs, style.paddedDate === true)],
    ['hz', quantity(event.frequencyHz, '')],
    ['WiFi Strength', quantity(event.wifiStrengthDbm, '')],
    ...Object.entries(event.other),
  ]
  return sections.flatMap(([name, text]) => (text === null || text === '' ? [] : [`${name}: ${text}`])).join('; ')
}

const timeText = (timeNs: bigint, padded: boolean): string => {
  const wholeMs = timeNs / 1_000_000_000n - (timeNs % 1_000_000_000n < 0n ? 1n : 0n)
  const [date, time] = new Date(Number(wholeMs) * 1000).toISOString().slice(0, 19).split('T') as [string, string]
  const fraction = ((timeNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n
  const day = padded ? date : date.replace(/-0/g, '-')
  return `${day} ${time}${fraction === 0n ? '' : `.${String(fraction).padStart(9, '0').replace(/0+$/, '')}`}`
}
