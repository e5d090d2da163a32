import { allocate, type ColumnData } from '../flux/column.ts'
import type { RowBatch, ValueType } from './database.ts'
import { cover, type Series } from './series.ts'

type Raw = number | bigint | string | boolean

/** Points of one type that are to be written together: those nothing can have been written for before, and the others. */
export class PendingRows {
  #series = new Uint32Array(256)
  #times = new BigInt64Array(256)
  #values: unknown[]
  #count = 0
  /** Points that may replace one that is there: by series and time, the last counts. */
  readonly #late = new Map<string, { readonly series: Series; readonly ns: bigint; value: Raw }>()

  constructor(readonly type: ValueType) {
    this.#values = allocate(type, 256) as unknown as unknown[]
  }

  get size(): number {
    return this.#count + this.#late.size
  }

  add(series: Series, ns: bigint, value: Raw): void {
    if (series.pendingIn === this && this.#times[series.pendingRow] === ns) {
      // The same time once more. An older time of this series may have come in between; the order of writing still holds.
      this.#values[series.pendingRow] = this.#raw(value)
      if (this.#late.size > 0) this.#late.delete(`${series.id}:${ns}`)
      return
    }
    if (!cover(series, ns)) {
      this.#late.set(`${series.id}:${ns}`, { series, ns, value })
      return
    }
    const row = this.#count++
    if (row === this.#series.length) this.#grow()
    series.pendingIn = this
    series.pendingRow = row
    series.points++
    this.#series[row] = series.id
    this.#times[row] = ns
    this.#values[row] = this.#raw(value)
  }

  /** Rows that may simply be appended. */
  fresh(): RowBatch {
    return {
      series: this.#series.subarray(0, this.#count),
      times: this.#times.subarray(0, this.#count),
      values: Array.isArray(this.#values)
        ? (this.#values as string[]).slice(0, this.#count)
        : (this.#values as unknown as Float64Array).subarray(0, this.#count),
    }
  }

  /** Rows for which an older one may have to go. */
  late(): RowBatch {
    const rows = [...this.#late.values()]
    const values = allocate(this.type, rows.length) as unknown as unknown[]
    rows.forEach(({ value }, i) => {
      values[i] = this.#raw(value)
    })
    return {
      series: Uint32Array.from(rows, ({ series }) => series.id),
      times: BigInt64Array.from(rows, ({ ns }) => ns),
      values: values as unknown as ColumnData,
    }
  }

  #raw(value: Raw): unknown {
    return this.type === 'bool' ? (value === true ? 1 : 0) : value
  }

  #grow(): void {
    const length = this.#series.length * 2
    const series = new Uint32Array(length)
    series.set(this.#series)
    this.#series = series
    const times = new BigInt64Array(length)
    times.set(this.#times)
    this.#times = times
    if (Array.isArray(this.#values)) return
    const values = allocate(this.type, length) as Float64Array
    values.set(this.#values as unknown as Float64Array)
    this.#values = values as unknown as unknown[]
  }
}
