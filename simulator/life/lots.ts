import { siteClock } from '../../lib/plant/site-clock.ts'
import type { MachineProfile } from './machine-profile.ts'
import { memo } from './memo.ts'
import { between, mix, stream, uniform } from './noise.ts'
import type { Work } from './work.ts'

/** One unbroken run of a product on a machine. */
export interface Lot {
  readonly index: number
  readonly fromMs: number
  readonly toMs: number
  readonly name: string
  readonly product: string
  readonly order: string
  /** The machine is being set up for it in this stretch; empty where nobody works in the lot's time. */
  readonly setUpFromMs: number
  readonly setUpToMs: number
  /** Load and power of this product against an average one. */
  readonly load: number
  /** Seconds per piece. */
  readonly cycleS: number
}

const catalogue = ['bracket-40', 'bracket-60', 'flange-12', 'hub-9', 'bearing-cap', 'cover-3', 'shaft-25', 'ring-18']

/** Products a line makes: five of the catalogue. */
const productsOf = (lineId: string): readonly string[] => {
  const order = stream(0, 'products', lineId)
  return [...catalogue].sort((a, b) => mix(order, stream(0, a)) - mix(order, stream(0, b))).slice(0, 5)
}

/** The lots of one machine; there is always one, also while nobody works. */
export function lotsOf(profile: MachineProfile, work: Work): (ms: number) => Lot {
  const bounds = stream(profile.seed, 'lot bounds')
  const choices = stream(profile.seed, 'lot product')
  const setUps = stream(profile.seed, 'set-up')
  const products = productsOf(profile.line.id)
  const clock = siteClock(profile.site.timeZone)
  const startOf = (index: number): number =>
    Math.round((index + between(bounds, index, -0.25, 0.25)) * (profile.lotMs / 60_000)) * 60_000
  const choice = (index: number): number => Math.floor(uniform(choices, index) * products.length)

  const lot = memo((index: number): Lot => {
    const fromMs = startOf(index)
    const toMs = startOf(index + 1)
    const chosen = choice(index)
    const product = products[chosen === choice(index - 1) ? (chosen + 1) % products.length : chosen]!
    const setUpFromMs = Math.min(work.firstFrom(fromMs) ?? toMs, toMs)
    const productSeed = stream(0, product, profile.line.id)
    return {
      index,
      fromMs,
      toMs,
      name: `L${clock.wallTime(fromMs).date.slice(2).replaceAll('-', '')}-${profile.number}${String(Math.abs(index) % 100).padStart(2, '0')}`,
      product,
      order: `A-${10_000 + (stream(profile.seed, product, String(Math.floor(index / 8))) % 90_000)}`,
      setUpFromMs,
      setUpToMs: Math.min(setUpFromMs + Math.round(between(setUps, index, 18, 45)) * 60_000, toMs),
      load: between(productSeed, 1, 0.9, 1.12),
      cycleS: profile.cycleS * between(productSeed, 2, 0.7, 1.4),
    }
  }, 2_000)

  return (ms) => {
    const near = Math.floor(ms / profile.lotMs)
    if (ms < startOf(near)) return lot(near - 1)
    return ms >= startOf(near + 1) ? lot(near + 1) : lot(near)
  }
}
