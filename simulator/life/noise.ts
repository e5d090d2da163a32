/**
 * Randomness that is looked up, not drawn: every number is a pure function of a stream and an index, so a point of the demo
 * plant is the same in whatever order, window or process it is asked for.
 */
export type Stream = number

/** Mixes two 32-bit numbers into one (a multiply-xorshift finaliser). */
export function mix(a: number, b: number): number {
  let x = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul((b + 0x7f4a7c15) | 0, 0xc2b2ae35)
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d)
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b)
  return (x ^ (x >>> 16)) >>> 0
}

/** A stream of its own for each purpose: `stream(seed, 'lot', 'press-1')`. */
export function stream(seed: number, ...names: readonly string[]): Stream {
  let state = mix(seed | 0, Math.floor(seed / 2 ** 32) | 0)
  for (const name of names) {
    for (let i = 0; i < name.length; i++) state = mix(state, name.charCodeAt(i))
    state = mix(state, 0x10001)
  }
  return state
}

/** 0 ≤ u < 1. @param index whole; only its low 32 bits count */
export const uniform = (from: Stream, index: number): number => mix(from, index | 0) / 4_294_967_296

/** Uniform between two bounds. */
export const between = (from: Stream, index: number, low: number, high: number): number =>
  low + (high - low) * uniform(from, index)

/** Mean 0, standard deviation 1, within ±3.5: the sum of four uniforms, which is near enough to a normal one. */
export function bell(from: Stream, index: number): number {
  const a = mix(from, index | 0)
  const b = mix(a, 0x5bd1e995)
  return ((a & 0xffff) + (a >>> 16) + (b & 0xffff) + (b >>> 16) - 131_070) * 2.642_9e-5
}

/** Noise that wanders smoothly, standard deviation about 0.7. @param at in units of the time it takes to change */
export function smooth(from: Stream, at: number): number {
  const cell = Math.floor(at)
  const x = at - cell
  const ease = x * x * (3 - 2 * x)
  return bell(from, cell) * (1 - ease) + bell(from, cell + 1) * ease
}
