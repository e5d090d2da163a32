import type { Line, Machine, Site } from '../../lib/plant/model.ts'
import { between, stream, uniform } from './noise.ts'

/** What does not change about a machine of the demo plant. */
export interface MachineProfile {
  readonly site: Site
  readonly line: Line
  readonly machine: Machine
  /** From 1 in the order of the plant model. */
  readonly number: number
  /** Its own seed. */
  readonly seed: number
  readonly nominalKw: number
  /** Length of a lot on average, ms. */
  readonly lotMs: number
  /** Seconds per piece of an average product. */
  readonly cycleS: number
  /** How often a night shift has somebody for it. */
  readonly nightShare: number
  /** Once in each of these stretches it may break down, ms. */
  readonly faultCycleMs: number
  /** Share of those stretches in which it does. */
  readonly faultShare: number
  /** Shortest and longest time from the first sign to the failure, ms. */
  readonly rampMs: readonly [number, number]
  /** Periods of its two oscillations, minutes. */
  readonly periodsMin: readonly [number, number]
}

const hourMs = 3_600_000

/** Every second machine of the plant's first line wears out fast: the one to watch. */
const wearsOut = (line: number, machine: number): boolean => line === 0 && machine % 3 === 1

/** One profile per machine of the plant, in its order. */
export function machineProfiles(sites: readonly Site[], seed: number): readonly MachineProfile[] {
  let number = 0
  return sites.flatMap((site) =>
    site.lines.flatMap((line, l) =>
      line.machines.map((machine, m) => {
        number++
        const own = stream(seed, 'machine', machine.id)
        const weak = wearsOut(l, m)
        const fleet = stream(seed, 'line', line.id)
        return {
          site,
          line,
          machine,
          number,
          seed: own,
          nominalKw: Math.round(between(own, 1, 14, 72)),
          lotMs: between(own, 2, 6.5, 9.5) * hourMs,
          cycleS: between(own, 3, 11, 38),
          nightShare: uniform(own, 4) < 0.5 ? between(own, 5, 0.2, 0.45) : between(own, 5, 0.7, 0.95),
          faultCycleMs: (weak ? 2.6 : between(own, 6, 7, 13)) * 24 * hourMs,
          faultShare: weak ? 0.95 : 0.7,
          rampMs: weak ? [8 * hourMs, 15 * hourMs] : [2.5 * hourMs, 7 * hourMs],
          // Machines of one line are of one make: nearly the same periods, as in a real fleet.
          periodsMin: [
            between(fleet, 1, 22, 38) * between(own, 7, 0.98, 1.02),
            between(fleet, 2, 3.2, 6.2) * between(own, 8, 0.98, 1.02),
          ],
        }
      }),
    ),
  )
}
