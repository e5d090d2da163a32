import { decodeFieldValue, eachField } from '../../lib/line-protocol/decode.ts'
import type { ValueType } from './database.ts'
import type { Series } from './series.ts'

/** Longest text that a field may hold, bytes. */
export const stringBytesMax = 1_048_576

const quote = 34

/** The fields of one line whose series are all known, of the types they have: most lines. Used again for every line. */
export class KnownLine {
  /** Of this line; later elements are leftovers. */
  count = 0
  readonly series: Series[] = []
  readonly values: (number | bigint | string | boolean)[] = []
  #fields: ReadonlyMap<string, Series> = new Map()
  #bytes: Buffer = Buffer.alloc(0)
  #known = true

  /**
   * @param fields series by the name of the field as it is written @param start, end of the line's fields
   * @returns false when a field is not known, or has another type: then nothing of the line counts
   */
  read(fields: ReadonlyMap<string, Series>, bytes: Buffer, start: number, end: number): boolean {
    this.count = 0
    this.#fields = fields
    this.#bytes = bytes
    this.#known = fields.size > 0
    if (this.#known) eachField(bytes, start, end, this.#visit)
    return this.#known
  }

  readonly #visit = (nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void => {
    if (!this.#known) return
    const bytes = this.#bytes
    const series = this.#fields.get(bytes.toString('latin1', nameStart, nameEnd))
    if (series === undefined || series.gone || typeAt(bytes, valueStart, valueEnd) !== series.type) {
      this.#known = false
      return
    }
    if (series.type === 'string' && valueEnd - valueStart > stringBytesMax) {
      this.#known = false
      return
    }
    this.series[this.count] = series
    this.values[this.count++] = valueAt(bytes, valueStart, valueEnd, series.type)
  }
}

/** The type of a good value, by how it is written. */
function typeAt(bytes: Uint8Array, start: number, end: number): ValueType {
  const first = bytes[start]!
  if (first === quote) return 'string'
  // t T f F
  if (first === 116 || first === 84 || first === 102 || first === 70) return 'bool'
  const last = bytes[end - 1]
  return last === 105 ? 'int' : last === 117 ? 'uint' : 'float'
}

function valueAt(bytes: Buffer, start: number, end: number, type: ValueType): number | bigint | string | boolean {
  if (type === 'float') return Number(bytes.toString('latin1', start, end))
  const value = decodeFieldValue(bytes, start, end)
  return typeof value === 'object' ? value.uint : value
}
