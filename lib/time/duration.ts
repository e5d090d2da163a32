/** A length of time as Flux has it: months and nanoseconds apart, because a month has no fixed length. Both carry the sign. */
export class Duration {
  static readonly zero = new Duration(0n, 0n)

  constructor(
    readonly months: bigint,
    readonly ns: bigint,
  ) {}

  get isZero(): boolean {
    return this.months === 0n && this.ns === 0n
  }
  get isNegative(): boolean {
    return this.months < 0n || this.ns < 0n
  }
  get isMixed(): boolean {
    return this.months !== 0n && this.ns !== 0n
  }
  negate(): Duration {
    return new Duration(-this.months, -this.ns)
  }
  equals(other: Duration): boolean {
    return this.months === other.months && this.ns === other.ns
  }
  /** In nanoseconds, a month taken as 30.4375 days (as Flux does in `int(v:)` and in relative bounds of `range`). */
  approximateNs(): bigint {
    return this.months * nsPerAverageMonth + this.ns
  }
  /** `1y2mo3w4d5h6m7s8ms9us1ns` from large to small, `0ns` when empty, one leading minus. */
  toString(): string {
    if (this.isZero) return '0ns'
    const sign = this.isNegative ? '-' : ''
    let months = this.months < 0n ? -this.months : this.months
    let ns = this.ns < 0n ? -this.ns : this.ns
    let text = ''
    if (months >= 12n) text += `${months / 12n}y`
    months %= 12n
    if (months > 0n) text += `${months}mo`
    for (const [unit, size] of nsUnits) {
      if (ns >= size) text += `${ns / size}${unit}`
      ns %= size
    }
    return sign + text
  }
}

const nsPerAverageMonth = 2_629_800_000_000_000n

/** Fixed units from large to small with their length in nanoseconds. */
export const nsUnits: readonly (readonly [unit: string, ns: bigint])[] = [
  ['w', 604_800_000_000_000n],
  ['d', 86_400_000_000_000n],
  ['h', 3_600_000_000_000n],
  ['m', 60_000_000_000n],
  ['s', 1_000_000_000n],
  ['ms', 1_000_000n],
  ['us', 1_000n],
  ['ns', 1n],
]

/** The length of one magnitude and unit, or null for a unit nobody knows. */
export function durationOf(magnitude: bigint, unit: string): Duration | null {
  if (unit === 'y') return new Duration(magnitude * 12n, 0n)
  if (unit === 'mo') return new Duration(magnitude, 0n)
  const size = unit === 'µs' ? 1_000n : nsUnits.find(([name]) => name === unit)?.[1]
  return size === undefined ? null : new Duration(0n, magnitude * size)
}

/** Reads `1h30m`, `-2mo`, `1m0s`. @returns null when it is no duration */
export function parseDuration(text: string): Duration | null {
  const negative = text.startsWith('-')
  const rest = negative ? text.slice(1) : text
  if (!/^(\d+(y|mo|w|d|h|ms|m|s|us|µs|ns))+$/.test(rest)) return null
  let months = 0n
  let ns = 0n
  for (const [, magnitude, unit] of rest.matchAll(/(\d+)(y|mo|w|d|h|ms|m|s|us|µs|ns)/g)) {
    const part = durationOf(BigInt(magnitude!), unit!)!
    months += part.months
    ns += part.ns
  }
  const duration = new Duration(months, ns)
  return negative ? duration.negate() : duration
}
