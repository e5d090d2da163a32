import { type MachineState, machineStates } from '../../lib/schema/measurements.ts'
import { type Health, healthOf } from './faults.ts'
import { type Lot, lotsOf } from './lots.ts'
import type { MachineProfile } from './machine-profile.ts'
import { between, mix, stream, uniform } from './noise.ts'
import { type Run, runsOf } from './runs.ts'
import { type Manned, workOf } from './work.ts'

/** Everything about a machine at one instant that its readings follow from. */
export interface Moment {
  readonly ms: number
  readonly state: MachineState
  /** Null while nobody works at it. */
  readonly manned: Manned | null
  readonly lot: Lot
  readonly health: Health
}

export interface MachineLife {
  readonly profile: MachineProfile
  at(ms: number): Moment
  /** Who worked at which lot, by stretches that begin in [fromMs, toMs). */
  runs(fromMs: number, toMs: number): readonly Run[]
}

/** Short stops come at most once in each of these stretches. */
const shortSlotMs = 53 * 60_000
const waitSlotMs = 9 * 3_600_000

/** A machine of the demo plant: what it does is a pure function of seed and time. */
export function machineLife(profile: MachineProfile): MachineLife {
  const work = workOf(profile)
  const lotAt = lotsOf(profile, work)
  const healthAt = healthOf(profile, work)
  const shortStops = stream(profile.seed, 'short stop')
  const waits = stream(profile.seed, 'waiting')

  /** A stop of a few minutes: a jam, an empty feeder; more of them as a fault grows. */
  const shortStop = (ms: number, ramp: number): MachineState | null => {
    const slot = Math.floor(ms / shortSlotMs)
    const draw = mix(shortStops, slot)
    if (uniform(draw, 0) >= 0.24 + 0.45 * ramp) return null
    const from = slot * shortSlotMs + between(draw, 1, 0, 0.8) * shortSlotMs
    if (ms < from || ms >= from + between(draw, 2, 2, 9) * 60_000) return null
    return uniform(draw, 3) < 0.3 ? machineStates.fault : machineStates.stopped
  }
  /** Waiting for material or a crane. */
  const waiting = (ms: number): boolean => {
    const slot = Math.floor(ms / waitSlotMs)
    const draw = mix(waits, slot)
    if (uniform(draw, 0) >= 0.35) return false
    const from = slot * waitSlotMs + between(draw, 1, 0, 0.9) * waitSlotMs
    return ms >= from && ms < from + between(draw, 2, 15, 50) * 60_000
  }
  const stateOf = (ms: number, manned: Manned | null, lot: Lot, health: Health): MachineState => {
    if (health.mode === 'failed') return machineStates.fault
    if (manned === null) return machineStates.stopped
    if (ms >= lot.setUpFromMs && ms < lot.setUpToMs) return machineStates.setUp
    if (waiting(ms)) return machineStates.stopped
    return shortStop(ms, health.ramp) ?? machineStates.running
  }
  return {
    profile,
    runs: runsOf(work, lotAt),
    at(ms) {
      const manned = work.at(ms)
      const lot = lotAt(ms)
      const health = healthAt(ms)
      return { ms, manned, lot, health, state: stateOf(ms, manned, lot, health) }
    },
  }
}
