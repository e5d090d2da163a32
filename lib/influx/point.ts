import type { FieldValue, Point } from '../line-protocol/decode.ts'

/** A point as a job writes it. */
export interface InfluxPoint {
  readonly measurement: string
  /** An empty or missing value means: no such tag. */
  readonly tags: Readonly<Record<string, string | null | undefined>>
  /** A missing value, or a number that is none (NaN, ±∞), means: no such field. */
  readonly fields: Readonly<Record<string, FieldValue | undefined>>
  readonly timeNs: bigint
}

/** The point as line protocol has it: tags sorted, what is missing left out. @throws RangeError when no field is left */
export function pointOf({ measurement, tags, fields, timeNs }: InfluxPoint): Point {
  const present = Object.entries(fields).filter(
    (field): field is [string, FieldValue] =>
      field[1] !== undefined && (typeof field[1] !== 'number' || Number.isFinite(field[1])),
  )
  if (present.length === 0) throw new RangeError(`a point of ${measurement} has no field`)
  return {
    measurement,
    tags: Object.entries(tags)
      .filter((tag): tag is [string, string] => typeof tag[1] === 'string' && tag[1] !== '')
      .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    fields: present,
    timeNs,
  }
}
