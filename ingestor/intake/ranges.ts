import type { Plant } from '../../lib/plant/model.ts'

export type Range = readonly [low: number, high: number]

/** Plausible ranges of the plant model, by measurement, machine and sensor. */
export class Ranges {
  readonly #ranges = new Map<string, Range>()

  constructor(plant: Plant | null) {
    for (const site of plant?.sites ?? [])
      for (const line of site.lines)
        for (const machine of line.machines)
          for (const sensor of machine.sensors)
            if (sensor.kind === 'gauge' && sensor.range !== undefined)
              this.#ranges.set(keyOf(sensor.measurement, machine.id, sensor.id), sensor.range)
  }

  /** null where the plant sets none. */
  of(measurement: string, machine: string | undefined, sensor: string | undefined): Range | null {
    if (machine === undefined || sensor === undefined) return null
    return this.#ranges.get(keyOf(measurement, machine, sensor)) ?? null
  }
}

const keyOf = (...parts: readonly string[]): string => parts.join('\0')
