/** One event of an energy sensor, cleaned. What the text did not say is null (or an empty list), never 0. */
export interface EnergyEvent {
  /** The sensor's own id. Neither it nor the time, nor both, make an event unique. */
  readonly device: string
  /** As the sensor's clock said, in UTC; null where the text has no time. */
  readonly timeNs: bigint | null
  readonly firmware: string | null
  /** Kind of event as the sensor numbers them. */
  readonly event: number | null
  readonly coilReversed: boolean | null
  readonly activePowerW: number | null
  readonly reactivePowerVar: number | null
  /** May be below the active power: the sensors send it so. */
  readonly apparentPowerVa: number | null
  readonly currentA: number | null
  readonly voltageV: number | null
  readonly phaseRad: number | null
  readonly frequencyHz: number | null
  readonly wifiStrengthDbm: number | null
  /** Current peaks in the sensor's unit, any number. */
  readonly peaks: readonly number[]
  /** Real and imaginary parts of the harmonics in the sensor's unit, any number each. */
  readonly fftRe: readonly number[]
  readonly fftIm: readonly number[]
  /** Keys nobody knows, in lower case with underscores, with their text as sent. */
  readonly other: Readonly<Record<string, string>>
}

export type ParsedEnergyEvent =
  | { readonly accepted: EnergyEvent }
  | {
      readonly rejected: {
        /** Characters from the start of the text, from 0. */
        readonly offset: number
        /** One sentence without a full stop. */
        readonly reason: string
      }
    }
