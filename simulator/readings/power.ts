import { machineStates } from '../../lib/schema/measurements.ts'
import type { MachineLife, Moment } from '../life/machine-life.ts'
import { bell, between, smooth, stream, uniform } from '../life/noise.ts'

const dayMs = 86_400_000

/** Electric power of a machine in kW: follows state and product, grows with wear, and is now and then left on overnight. */
export function powerOf(life: MachineLife, sensorId: string): (moment: Moment) => number {
  const { profile } = life
  const own = stream(profile.seed, 'power', sensorId)
  const [noise, wander, leftOn] = [stream(own, 'noise'), stream(own, 'wander'), stream(own, 'left on')]
  const idle = between(own, 1, 0.17, 0.27)
  const standby = between(own, 2, 0.02, 0.045)

  const share = ({ ms, state, manned, lot, health }: Moment): number => {
    if (state === machineStates.running) return lot.load * (1 + 0.14 * health.ramp)
    if (state === machineStates.setUp) return 0.36
    if (health.mode === 'failed') return standby * 2
    if (manned !== null) return idle
    // A night counts from noon to noon, so that it is one decision.
    return uniform(leftOn, Math.floor((ms - dayMs / 2) / dayMs)) < 0.1 ? idle * 0.8 : standby
  }
  return (moment) => {
    const second = moment.ms / 1000
    return profile.nominalKw * share(moment) * (1 + 0.035 * smooth(wander, second / 420) + 0.012 * bell(noise, second))
  }
}
