import { decodeFieldName, eachField } from '../../lib/line-protocol/decode.ts'
import { typeMark } from '../../lib/line-protocol/scan.ts'
import type { Refusal } from './refusal.ts'

/** Types of fields by the mark that a scan gives them. */
const typeNames = ['', 'float', 'integer', 'unsigned', 'string', 'boolean'] as const
const float = 1
const integer = 2
const unsigned = 3

export type FieldTypeName = Exclude<(typeof typeNames)[number], ''>

/** One field's type, as it is kept. */
export interface KnownField {
  readonly bucket: string
  readonly measurement: string
  readonly field: string
  readonly type: FieldTypeName
}

/** What becomes of a line: taken as it is, taken with these bytes in place of its fields, or not taken. */
export type FieldVerdict =
  | { readonly kind: 'fits' }
  | { readonly kind: 'widened'; readonly fields: Buffer }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

const fits: FieldVerdict = { kind: 'fits' }

/**
 * The one type that each field of a measurement has in each bucket: that of its first value. An integer for a float field is
 * widened; any other conflict makes the line a bad one here, and not behind our 204.
 */
export class FieldTypes {
  readonly #buckets = new Map<string, Map<string, Map<string, number>>>()
  #learned: KnownField[] = []

  /** @param known what an earlier start had learned */
  constructor(known: readonly KnownField[] = []) {
    for (const { bucket, measurement, field, type } of known)
      this.#fieldsOf(bucket, measurement).set(field, typeNames.indexOf(type))
  }

  /** Fields met since this was asked last. */
  takeLearned(): readonly KnownField[] {
    const learned = this.#learned
    this.#learned = []
    return learned
  }

  /**
   * Judges the fields of a good line, and remembers those that are new when all fit.
   * @param start, end of the fields in `bytes`
   * @param admit asked whether so many new fields may be; answers why not
   */
  judge(
    bucket: string,
    measurement: string,
    bytes: Buffer,
    start: number,
    end: number,
    admit: (count: number) => Refusal | null = () => null,
  ): FieldVerdict {
    const known = this.#fieldsOf(bucket, measurement)
    const fresh = new Map<string, number>()
    const widenAt: number[] = []
    let refusal: Refusal | null = null
    eachField(bytes, start, end, (nameStart, nameEnd, valueStart, valueEnd) => {
      const field = decodeFieldName(bytes, nameStart, nameEnd)
      const type = typeMark(bytes[valueStart]!, bytes[valueEnd - 1]!)
      const expected = known.get(field) ?? fresh.get(field)
      if (expected === undefined) fresh.set(field, type)
      else if (expected === type) return
      else if (expected === float && (type === integer || type === unsigned)) widenAt.push(valueEnd - 1)
      else
        refusal ??= {
          kind: 'field type',
          reason: `field type conflict: input field "${field}" on measurement "${measurement}" is type ${typeNames[type]}, already exists as type ${typeNames[expected]}; send it as ${typeNames[expected]} or under another name`,
        }
    })
    if (refusal === null && fresh.size > 0) refusal = admit(fresh.size)
    if (refusal !== null) return { kind: 'refused', refusal }
    for (const [field, type] of fresh) {
      known.set(field, type)
      this.#learned.push({ bucket, measurement, field, type: typeNames[type] as FieldTypeName })
    }
    if (widenAt.length === 0) return fits
    const parts: Buffer[] = []
    let from = start
    for (const at of widenAt) {
      parts.push(bytes.subarray(from, at))
      from = at + 1
    }
    parts.push(bytes.subarray(from, end))
    return { kind: 'widened', fields: Buffer.concat(parts) }
  }

  #fieldsOf(bucket: string, measurement: string): Map<string, number> {
    let measurements = this.#buckets.get(bucket)
    if (measurements === undefined) this.#buckets.set(bucket, (measurements = new Map()))
    let fields = measurements.get(measurement)
    if (fields === undefined) measurements.set(measurement, (fields = new Map()))
    return fields
  }
}
