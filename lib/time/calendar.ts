/** Civil calendar (proleptic Gregorian, no leap seconds) on nanoseconds since 1970. A local clock is one too: UTC + offset. */
export const nsPerDay = 86_400_000_000_000n

/** Quotient rounded towards −∞, as calendars need before 1970. */
export function floorDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient
}

export interface CivilDate {
  readonly year: number
  /** 1 … 12 */
  readonly month: number
  /** 1 … 31 */
  readonly day: number
}

/** Days since 1970-01-01 of a date; `month` may leave 1 … 12 by any number of years. */
export function daysOfDate(year: number, month: number, day: number): number {
  const months = year * 12 + month - 1
  const y0 = Math.floor(months / 12)
  const m = months - y0 * 12 + 1
  // Years begin in March, so that the leap day is the last of its year.
  const y = m <= 2 ? y0 - 1 : y0
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (m + (m > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** The date of a day counted from 1970-01-01. */
export function dateOfDays(days: number): CivilDate {
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const dayOfEra = z - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  }
}

/** The date on a clock that shows `ns`. */
export const dateOfNs = (ns: bigint): CivilDate => dateOfDays(Number(floorDiv(ns, nsPerDay)))

/** Whole months since January 1970. */
export function monthsSinceEpoch(ns: bigint): number {
  const { year, month } = dateOfNs(ns)
  return (year - 1970) * 12 + month - 1
}

/** Same clock time `months` later; a day that the month lacks becomes its last (31 January + 1 month = 28 or 29 February). */
export function addMonths(ns: bigint, months: number): bigint {
  if (months === 0) return ns
  const days = floorDiv(ns, nsPerDay)
  const { year, month, day } = dateOfDays(Number(days))
  const first = daysOfDate(year, month + months, 1)
  const length = daysOfDate(year, month + months + 1, 1) - first
  return ns + (BigInt(first + Math.min(day, length) - 1) - days) * nsPerDay
}
