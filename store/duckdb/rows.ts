import { allocate, type ColumnData } from '../flux/column.ts'
import type { RowBatch, ValueType } from './database.ts'
import { cover, type Series } from './series.ts'

type Raw = number | bigint | string | boolean

/** Points of one type that are to be written together: those nothing can have been written for before, and the others. */
export class PendingRows {
  readonly #series: number[] = []
  readonly #times: bigint[] = []
  readonly #values: Raw[] = []
  /** Points that may replace one that is there: by series and time, the last counts. */
  readonly #late = new Map<string, { readonly series: Series; readonly ns: bigint; value: Raw }>()
  /** Of each series, where its newest row of this batch stands, so that the same time again replaces it. */
  readonly #newest = new Map<number, number>()

  constructor(readonly type: ValueType) {}

  get size(): number {
    return this.#series.length + this.#late.size
  }

  add(series: Series, ns: bigint, value: Raw): void {
    const newest = this.#newest.get(series.id)
    if (newest !== undefined && this.#times[newest] === ns) {
      this.#values[newest] = value
      // An older time of this series may have come in between; the order of writing still holds.
      this.#late.delete(`${series.id}:${ns}`)
      return
    }
    if (cover(series, ns)) {
      this.#newest.set(series.id, this.#series.length)
      this.#series.push(series.id)
      this.#times.push(ns)
      this.#values.push(value)
      series.points++
    } else this.#late.set(`${series.id}:${ns}`, { series, ns, value })
  }

  /** Rows that may simply be appended. */
  fresh(): RowBatch {
    return {
      series: Uint32Array.from(this.#series),
      times: BigInt64Array.from(this.#times),
      values: columnOf(this.type, this.#values),
    }
  }

  /** Rows for which an older one may have to go. */
  late(): RowBatch {
    const rows = [...this.#late.values()]
    return {
      series: Uint32Array.from(rows, ({ series }) => series.id),
      times: BigInt64Array.from(rows, ({ ns }) => ns),
      values: columnOf(
        this.type,
        rows.map(({ value }) => value),
      ),
    }
  }
}

function columnOf(type: ValueType, values: readonly Raw[]): ColumnData {
  if (type === 'string') return values as string[]
  const data = allocate(type, values.length) as unknown as Raw[]
  for (let i = 0; i < values.length; i++) data[i] = type === 'bool' ? (values[i] === true ? 1 : 0) : values[i]!
  return data as unknown as ColumnData
}
