import { formatInstant } from '../../lib/time/instant.ts'
import { nsPerUnit, type Precision, precisions } from '../accepted-write.ts'
import type { Refusal } from './refusal.ts'

/** Times before this, in seconds since 1970, are looked at: a time in too coarse a unit looks like 1970. (1980-01-01) */
export const suspiciousBeforeSeconds = 315_532_800

/** How old a time in another unit may be to be a good guess, seconds (ten years). */
const guessAgeSeconds = 315_532_800

/**
 * Judges a time that is ahead of the limit or before 1980.
 * @param units the time as it was sent @param nowSeconds the server's clock @param aheadMaxSeconds how far ahead a time may be
 * @returns null when it may pass: a machine's old clock, or a test, may well begin in 1970
 */
export function judgeTime(
  units: bigint,
  precision: Precision,
  nowSeconds: number,
  aheadMaxSeconds: number,
): Refusal | null {
  const seconds = secondsOf(units, precision)
  const guess = precisions.find((other) => {
    if (other === precision) return false
    const there = secondsOf(units, other)
    return there > nowSeconds - guessAgeSeconds && there <= nowSeconds + aheadMaxSeconds
  })
  const ahead = seconds > nowSeconds + aheadMaxSeconds
  if (!ahead && guess === undefined) return null
  const read = `the time ${units} is ${describe(units, precision)} in the precision ${precision} of this request`
  const hint =
    guess === undefined
      ? `more than ${aheadMaxSeconds} s ahead of the server's clock: check the sender's clock and precision`
      : `it looks like ${guess}: send it with precision=${guess}`
  return { kind: 'time', reason: `${read}; ${hint}` }
}

const secondsOf = (units: bigint, precision: Precision): number =>
  Number((units * nsPerUnit[precision]) / 1_000_000_000n)

const describe = (units: bigint, precision: Precision): string => {
  const ns = units * nsPerUnit[precision]
  return ns < 2n ** 63n && ns > -(2n ** 63n) ? formatInstant(ns) : 'out of range'
}
