import type { EnergyEvent } from '../../lib/energy-event/energy-event.ts'
import { machineStates } from '../../lib/schema/measurements.ts'
import type { MachineLife } from '../life/machine-life.ts'
import { bell, between, mix, stream, uniform } from '../life/noise.ts'

/** Loads that an energy sensor sees switch: mean active power in W, and how often beside the others. */
const loads = {
  standing: [{ watts: 270, share: 1 }],
  working: [
    { watts: 1720, share: 0.4 },
    { watts: 1230, share: 0.2 },
    { watts: 2295, share: 0.19 },
    { watts: 270, share: 0.18 },
    { watts: 3590, share: 0.03 },
  ],
} as const

/** At most one event in each of these stretches. */
const slotMs = 12 * 60_000

const round = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits

/** The events of a machine's energy sensor with a time in [fromMs, toMs), in order. Its clock counts whole seconds. */
export function energyEventsOf(
  life: MachineLife,
  sensorId: string,
): (fromMs: number, toMs: number) => readonly { readonly ms: number; readonly event: EnergyEvent }[] {
  const own = stream(life.profile.seed, 'energy event', sensorId)
  const device = `${life.profile.machine.id}-${sensorId}`
  // One make of sensor freezes its reactive and apparent power: active then exceeds apparent, and that is what it sends.
  const frozen = uniform(own, 1) < 0.5

  const eventOf = (slot: number): { readonly ms: number; readonly event: EnergyEvent } | null => {
    const draw = mix(own, slot)
    const ms = slot * slotMs + Math.floor((uniform(draw, 1) * slotMs) / 1000) * 1000
    const { state } = life.at(ms)
    const working = state === machineStates.running || state === machineStates.setUp
    if (uniform(draw, 2) >= (working ? 0.97 : 0.2)) return null
    return { ms, event: describe(draw, ms, pickLoad(draw, working)) }
  }
  const pickLoad = (draw: number, working: boolean): number => {
    let left = uniform(draw, 3)
    for (const { watts, share } of working ? loads.working : loads.standing) {
      left -= share
      if (left < 0) return watts
    }
    return loads.standing[0].watts
  }
  const describe = (draw: number, ms: number, watts: number): EnergyEvent => {
    const voltage = round(230 + 1.4 * bell(draw, 4), 2)
    const active = Math.round(watts * (1 + 0.025 * bell(draw, 5)))
    const reactive = frozen ? 279 : Math.round(active * between(draw, 6, 0.12, 0.3))
    const apparent = Math.hypot(active, reactive)
    const current = round(apparent / voltage, 4)
    // Switching on, the current overshoots and settles.
    const overshoot = uniform(draw, 7) < 0.33 ? between(draw, 8, 0.5, 1.1) : 0
    const harmonic = (n: number, part: number): number =>
      Math.round(
        (n === 0 ? 1350 : 1350 * 0.12 * (n % 2 === 0 ? 1 : 0.05)) *
          current *
          (1 + 0.2 * bell(draw, part + n)) *
          (part === 40 ? 1 : 0.2),
      )
    return {
      device,
      timeNs: BigInt(ms) * 1_000_000n,
      firmware: frozen ? '16071801' : '17010203',
      event: overshoot > 0 ? 1 : uniform(draw, 9) < 0.5 ? 2 : 5,
      coilReversed: false,
      activePowerW: active,
      reactivePowerVar: reactive,
      apparentPowerVa: frozen ? 403 : Math.round(apparent),
      currentA: current,
      voltageV: voltage,
      phaseRad: round(Math.atan2(reactive, active), 3),
      frequencyHz: round(50 + 0.02 * bell(draw, 10), 2),
      wifiStrengthDbm: Math.round(-60 + 4 * bell(draw, 11)),
      peaks: Array.from({ length: 10 }, (_, n) =>
        round(current * (1 + overshoot * Math.exp(-n / 4)) * (1 + 0.008 * bell(draw, 20 + n)), 3),
      ),
      fftRe: Array.from({ length: 9 }, (_, n) => harmonic(n, 40)),
      fftIm: Array.from({ length: 9 }, (_, n) => harmonic(n, 60)),
      other: {},
    }
  }
  return (fromMs, toMs) => {
    const events: { readonly ms: number; readonly event: EnergyEvent }[] = []
    for (let slot = Math.floor(fromMs / slotMs); slot * slotMs < toMs; slot++) {
      const event = eventOf(slot)
      if (event !== null && event.ms >= fromMs && event.ms < toMs) events.push(event)
    }
    return events
  }
}
