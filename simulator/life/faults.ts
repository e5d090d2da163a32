import type { MachineProfile } from './machine-profile.ts'
import { memo } from './memo.ts'
import { between, mix, stream, uniform } from './noise.ts'
import type { Work } from './work.ts'

/** One breakdown: normal → faulty (onset) → failed → repaired. */
export interface Breakdown {
  readonly onsetMs: number
  readonly failedMs: number
  readonly repairedMs: number
  /** How the fault grows: 0.5 fast at first, 1 evenly, 2 late. */
  readonly exponent: number
  /** Own random numbers of this breakdown. */
  readonly seed: number
}

/** A machine's health at an instant. */
export interface Health {
  readonly mode: 'normal' | 'faulty' | 'failed'
  /** 0 at the first sign … 1 at the failure; 0 while normal or failed. */
  readonly ramp: number
  /** The ramp summed up since its onset, ms: what a changed frequency has gained by now. */
  readonly rampSumMs: number
  readonly breakdown: Breakdown | null
}

const normal: Health = { mode: 'normal', ramp: 0, rampSumMs: 0, breakdown: null }
const none = { none: true } as const

/** Breakdowns come at most once in each of the machine's stretches, and only while somebody works: a standing machine does not wear. */
export function healthOf(profile: MachineProfile, work: Work): (ms: number) => Health {
  const cycle = profile.faultCycleMs
  const seeds = stream(profile.seed, 'breakdown')
  const offset = uniform(seeds, -1) * cycle

  const breakdownIn = memo((index: number): Breakdown | typeof none => {
    const own = mix(seeds, index | 0)
    if (uniform(own, 0) >= profile.faultShare) return none
    const start = index * cycle + offset
    const rampMs = uniform(own, 1) < 0.15 ? 0 : between(own, 2, ...profile.rampMs)
    for (let attempt = 10; attempt < 40; attempt++) {
      const failedMs = Math.round((start + cycle * between(own, attempt, 0.3, 0.88)) / 60_000) * 60_000
      const working = [0, 1, 2, 3].every((hours) => work.at(failedMs - hours * 3_600_000) !== null)
      if (!working) continue
      return {
        onsetMs: Math.max(start, failedMs - rampMs),
        failedMs,
        repairedMs: Math.min(failedMs + between(own, 3, 1.2, 4.5) * 3_600_000, start + cycle),
        exponent: [0.5, 1, 2][Math.floor(uniform(own, 4) * 3)]!,
        seed: own,
      }
    }
    return none
  }, 500)

  return (ms) => {
    const breakdown = breakdownIn(Math.floor((ms - offset) / cycle))
    if ('none' in breakdown || ms < breakdown.onsetMs || ms >= breakdown.repairedMs) return normal
    if (ms >= breakdown.failedMs) return { mode: 'failed', ramp: 0, rampSumMs: 0, breakdown }
    const length = breakdown.failedMs - breakdown.onsetMs
    const x = (ms - breakdown.onsetMs) / length
    const { exponent } = breakdown
    return {
      mode: 'faulty',
      ramp: x ** exponent,
      rampSumMs: (length * x ** (exponent + 1)) / (exponent + 1),
      breakdown,
    }
  }
}
