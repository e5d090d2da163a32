import { machineStates } from '../../lib/schema/measurements.ts'
import type { Moment } from '../life/machine-life.ts'
import type { MachineProfile } from '../life/machine-profile.ts'
import { bell, between, mix, smooth, stream } from '../life/noise.ts'

/** Amplitudes of the slow and the fast oscillation per channel, and how much a fault shows in each. */
const channels = [
  { slow: 26, fast: 12, shows: 0.7 },
  { slow: 5.5, fast: 3.2, shows: 2.6 },
  { slow: 25, fast: 11, shows: 0.15 },
  { slow: 17, fast: 9, shows: 2.2 },
] as const

/** A communication error pushes a reading this far from zero. */
const errorShift = 250
/** How often a run of errors begins, per channel and minute; a run lasts one to four minutes. */
const errorShare = 0.0025

const minuteMs = 60_000

/** How hard the machine works, by its state: standing, its drive still hums. */
const drive = {
  [machineStates.stopped]: 0.12,
  [machineStates.running]: 1,
  [machineStates.setUp]: 0.45,
  [machineStates.fault]: 0.12,
}

/** One oscillating signal of a machine. @returns its reading at a full minute, in the sensor's unit */
export function signalOf(profile: MachineProfile, sensorId: string, index: number): (moment: Moment) => number {
  const channel = channels[index % channels.length]!
  const own = stream(profile.seed, 'signal', sensorId)
  const [noise, errors, load] = [stream(own, 'noise'), stream(own, 'error'), stream(own, 'load')]
  const [slowPhase, fastPhase] = [between(own, 1, 0, 2 * Math.PI), between(own, 2, 0, 2 * Math.PI)]
  const slow = channel.slow * between(own, 3, 0.85, 1.1)
  const fast = channel.fast * between(own, 4, 0.85, 1.1)
  const rms = Math.sqrt((slow * slow + fast * fast) / 2)
  const [slowPeriod, fastPeriod] = profile.periodsMin

  const inError = (minute: number): boolean => {
    for (let back = 0; back < 4; back++) {
      const draw = mix(errors, minute - back)
      // The low bits say whether a run begins, the high ones how long it lasts.
      if ((draw & 0xffff) < errorShare * 65_536 && 1 + (draw >>> 30) > back) return true
    }
    return false
  }

  const clean = ({ ms, state, lot, health }: Moment): number => {
    const minute = ms / minuteMs
    if (health.mode === 'failed') return 0.01 * bell(noise, minute)
    const { ramp, rampSumMs, breakdown } = health
    let [slowTurns, fastTurns] = [minute / slowPeriod, minute / fastPeriod]
    let [slowGain, fastGain] = [1, 1]
    if (breakdown !== null) {
      // A fault changes both frequencies a little and the amplitudes a lot; the phase itself does not jump.
      const rampMin = rampSumMs / minuteMs
      slowTurns += (between(breakdown.seed, 20, -0.3, 0.9) * rampMin) / slowPeriod
      fastTurns += (between(breakdown.seed, 21, -0.4, 0.4) * rampMin) / fastPeriod
      slowGain += ramp * channel.shows * between(breakdown.seed, 22, 0.5, 0.9)
      fastGain += ramp * channel.shows * between(breakdown.seed, 23, 0.9, 1.7)
    }
    const wave =
      slow * slowGain * Math.sin(2 * Math.PI * slowTurns + slowPhase) +
      fast * fastGain * Math.sin(2 * Math.PI * fastTurns + fastPhase)
    const force =
      drive[state] * (state === machineStates.running ? lot.load : 1) * (1 + 0.04 * smooth(load, minute / 240))
    return wave * force + (0.02 * rms * drive[state] + 0.01) * bell(noise, minute)
  }
  return (moment) => {
    const value = clean(moment)
    return inError(Math.floor(moment.ms / minuteMs)) ? value + (value < 0 ? -errorShift : errorShift) : value
  }
}
