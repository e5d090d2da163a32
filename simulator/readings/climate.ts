import type { Site } from '../../lib/plant/model.ts'
import { siteClock } from '../../lib/plant/site-clock.ts'
import { machineStates } from '../../lib/schema/measurements.ts'
import type { MachineLife, Moment } from '../life/machine-life.ts'
import { memo } from '../life/memo.ts'
import { bell, between, smooth, stream } from '../life/noise.ts'

const hourMs = 3_600_000

/** Temperature of the air in the hall, °C: warmer in the afternoon, and weather. */
export function hallOf(site: Site, seed: number): (ms: number) => number {
  const weather = stream(seed, 'weather', site.id)
  const clock = siteClock(site.timeZone)
  return (ms) => {
    const hour = ((ms + clock.offsetMs(ms)) / hourMs) % 24
    return 20 + 2.6 * Math.sin(((hour - 9) / 24) * 2 * Math.PI) + 2.2 * smooth(weather, ms / (9 * hourMs))
  }
}

const gridMs = 300_000
/** Heat of the last two hours counts, with a time constant of 40 minutes. */
const weights = Array.from({ length: 24 }, (_, back) => Math.exp((-back * gridMs) / (40 * 60_000)))
const weightSum = weights.reduce((sum, weight) => sum + weight, 0)

/** How warm a machine is from its work of the last two hours: 0 cold … about 1 after hours at full load, more with wear. */
export function warmthOf(life: MachineLife): (ms: number) => number {
  const heat = memo((grid) => {
    const { state, lot, health, manned } = life.at(grid * gridMs)
    // What wears rubs, and rubbing heats.
    const rub = 1 + 0.75 * health.ramp
    if (state === machineStates.running) return lot.load * rub
    if (state === machineStates.setUp) return 0.35
    return manned === null ? 0.02 : 0.12
  })
  const warmth = memo((grid) => {
    let sum = 0
    for (let back = 0; back < weights.length; back++) sum += weights[back]! * heat(grid - back)
    return sum / weightSum
  })
  return (ms) => {
    const at = ms / gridMs
    const grid = Math.floor(at)
    const x = at - grid
    return warmth(grid) * (1 - x) + warmth(grid + 1) * x
  }
}

/** One temperature sensor of a machine: the first sits at the motor, further ones in the coolant. @returns °C */
export function temperatureOf(
  life: MachineLife,
  sensorId: string,
  index: number,
  hall: (ms: number) => number,
  warmth: (ms: number) => number,
): (moment: Moment) => number {
  const own = stream(life.profile.seed, 'temperature', sensorId)
  const [noise, wander] = [stream(own, 'noise'), stream(own, 'wander')]
  const rise = index === 0 ? between(own, 1, 30, 44) : between(own, 1, 9, 16)
  return ({ ms }) =>
    hall(ms) + rise * warmth(ms) + 0.5 * smooth(wander, ms / (25 * 60_000)) + 0.12 * bell(noise, ms / 1000)
}
