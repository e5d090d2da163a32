import { machineStates } from '../../lib/schema/measurements.ts'
import type { MachineLife, Moment } from '../life/machine-life.ts'
import { stream, uniform } from '../life/noise.ts'

const minuteMs = 60_000

export interface Pieces {
  readonly good: number
  readonly scrap: number
}

/**
 * Pieces that a machine made in the minute before a full minute; a fault makes it slower and worse, the first pieces of a lot too.
 * @returns null where nobody worked at it: then nobody counted. The moment is the one the pieces were made in.
 */
export function productionOf(
  life: MachineLife,
  sensorId: string,
): (ms: number) => (Pieces & { readonly madeAt: Moment }) | null {
  const own = stream(life.profile.seed, 'pieces', sensorId)
  const [made, bad] = [stream(own, 'made'), stream(own, 'bad')]
  return (ms) => {
    const minute = Math.floor(ms / minuteMs)
    const madeAt = life.at(ms - minuteMs / 2)
    if (madeAt.manned === null) return null
    if (madeAt.state !== machineStates.running) return { good: 0, scrap: 0, madeAt }
    const { lot, health } = madeAt
    const rate = (60 / lot.cycleS) * (1 - 0.14 * health.ramp)
    const pieces = Math.floor(rate + uniform(made, minute))
    const badShare = 0.009 + 0.13 * health.ramp + (ms < lot.setUpToMs + 20 * minuteMs ? 0.05 : 0)
    let scrap = 0
    for (let piece = 0; piece < pieces; piece++) if (uniform(bad, minute * 64 + piece) < badShare) scrap++
    return { good: pieces - scrap, scrap, madeAt }
  }
}
