/**
 * Columns of a Flux table. A column is immutable; its cells are plain JavaScript values:
 * bool → boolean, int, uint and time → bigint (time in nanoseconds since 1970), float → number, string → string,
 * a gap → null. A column that holds one value in every row (a group key's) is kept as that value alone.
 */
export type ColumnType = 'bool' | 'int' | 'uint' | 'float' | 'string' | 'time'
export type Cell = boolean | bigint | number | string | null
export type ColumnData = Uint8Array | BigInt64Array | BigUint64Array | Float64Array | readonly string[]

const unallocated: unique symbol = Symbol('unallocated')

export class Column {
  #data: ColumnData | typeof unallocated
  #nulls: Uint8Array | null

  private constructor(
    readonly label: string,
    readonly type: ColumnType,
    readonly length: number,
    data: ColumnData | typeof unallocated,
    nulls: Uint8Array | null,
    /** The one value of every row, or undefined when rows may differ. */
    readonly constant: Cell | undefined,
  ) {
    this.#data = data
    this.#nulls = nulls
  }

  /** Over typed data as it is (not copied). @param nulls one byte per row, 1 = gap; null when there is none */
  static of(label: string, type: ColumnType, data: ColumnData, nulls: Uint8Array | null = null): Column {
    return new Column(label, type, data.length, data, nulls, undefined)
  }

  /** One value in every row; null makes a column of gaps. Costs no memory until `data` is asked for. */
  static constant(label: string, type: ColumnType, value: Cell, length: number): Column {
    return new Column(label, type, length, unallocated, null, value)
  }

  /** From cells one by one. */
  static from(label: string, type: ColumnType, cells: readonly Cell[]): Column {
    const builder = new ColumnBuilder(label, type, cells.length)
    for (const cell of cells) builder.push(cell)
    return builder.build()
  }

  /** The cell of row `i`. */
  at(i: number): Cell {
    if (this.constant !== undefined) return this.constant
    if (this.#nulls !== null && this.#nulls[i] === 1) return null
    const raw = (this.#data as ColumnData)[i]!
    return this.type === 'bool' ? raw === 1 : raw
  }

  isNull(i: number): boolean {
    if (this.constant !== undefined) return this.constant === null
    return this.#nulls !== null && this.#nulls[i] === 1
  }

  /** Typed cells, also for a constant column (allocated on first use); where a gap is, the value means nothing. */
  get data(): ColumnData {
    if (this.#data === unallocated) {
      const data = allocate(this.type, this.length)
      if (this.constant !== null && this.constant !== undefined) fill(data, this.constant)
      this.#data = data
    }
    return this.#data
  }

  /** One byte per row, 1 = gap; null when no row has a gap. */
  get nulls(): Uint8Array | null {
    if (this.constant === null && this.#nulls === null) this.#nulls = new Uint8Array(this.length).fill(1)
    return this.#nulls
  }

  rename(label: string): Column {
    return new Column(label, this.type, this.length, this.#data, this.#nulls, this.constant)
  }

  /** The rows `indices`, in that order. */
  take(indices: Int32Array): Column {
    if (this.constant !== undefined) return Column.constant(this.label, this.type, this.constant, indices.length)
    const source = this.#data as ColumnData
    const data = allocate(this.type, indices.length)
    for (let i = 0; i < indices.length; i++) (data as unknown[])[i] = source[indices[i]!]
    let nulls: Uint8Array | null = null
    if (this.#nulls !== null) {
      nulls = new Uint8Array(indices.length)
      for (let i = 0; i < indices.length; i++) nulls[i] = this.#nulls[indices[i]!]!
    }
    return new Column(this.label, this.type, indices.length, data, nulls, undefined)
  }

  /** Rows start … end − 1. */
  slice(start: number, end: number): Column {
    if (this.constant !== undefined) return Column.constant(this.label, this.type, this.constant, end - start)
    const source = this.#data as ColumnData
    const data = 'subarray' in source ? source.subarray(start, end) : source.slice(start, end)
    return new Column(this.label, this.type, end - start, data, this.#nulls?.subarray(start, end) ?? null, undefined)
  }

  /** Columns of one label and type, one after the other. */
  static concat(label: string, type: ColumnType, parts: readonly Column[]): Column {
    if (parts.length === 1) return parts[0]!.label === label ? parts[0]! : parts[0]!.rename(label)
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    const first = parts[0]?.constant
    if (first !== undefined && parts.every((part) => part.constant === first))
      return Column.constant(label, type, first, length)
    const builder = new ColumnBuilder(label, type, length)
    for (const part of parts) builder.append(part)
    return builder.build()
  }
}

/** Collects cells, then makes a column of them. */
export class ColumnBuilder {
  #data: ColumnData
  #nulls: Uint8Array | null = null
  #length = 0

  constructor(
    readonly label: string,
    readonly type: ColumnType,
    capacity = 16,
  ) {
    this.#data = allocate(type, type === 'string' ? 0 : Math.max(capacity, 1))
  }

  get length(): number {
    return this.#length
  }

  push(cell: Cell): void {
    this.#reserve(this.#length + 1)
    if (cell === null) this.#setNull(this.#length)
    const data = this.#data as unknown[]
    data[this.#length++] = cell === null ? zero(this.type) : this.type === 'bool' ? (cell ? 1 : 0) : cell
  }

  append(column: Column): void {
    if (Array.isArray(this.#data) || column.constant !== undefined) {
      for (let i = 0; i < column.length; i++) this.push(column.at(i))
      return
    }
    this.#reserve(this.#length + column.length)
    ;(this.#data as Float64Array).set(column.data as Float64Array, this.#length)
    const nulls = column.nulls
    if (nulls !== null) for (let i = 0; i < nulls.length; i++) if (nulls[i] === 1) this.#setNull(this.#length + i)
    this.#length += column.length
  }

  build(): Column {
    const data = Array.isArray(this.#data) ? this.#data : (this.#data as Float64Array).subarray(0, this.#length)
    return Column.of(this.label, this.type, data, this.#nulls?.subarray(0, this.#length) ?? null)
  }

  #setNull(i: number): void {
    if (this.#nulls === null)
      this.#nulls = new Uint8Array(this.type === 'string' ? Math.max(64, i + 1) : this.#data.length)
    if (i >= this.#nulls.length) this.#nulls = grown(this.#nulls, i + 1)
    this.#nulls[i] = 1
  }

  #reserve(length: number): void {
    if (Array.isArray(this.#data)) {
      if (this.#nulls !== null && length > this.#nulls.length) this.#nulls = grown(this.#nulls, length)
      return
    }
    if (length <= this.#data.length) return
    const larger = allocate(this.type, Math.max(length, this.#data.length * 2)) as Float64Array
    larger.set(this.#data as Float64Array)
    this.#data = larger
    if (this.#nulls !== null) this.#nulls = grown(this.#nulls, larger.length)
  }
}

const grown = (nulls: Uint8Array, length: number): Uint8Array => {
  const larger = new Uint8Array(Math.max(length, nulls.length * 2))
  larger.set(nulls)
  return larger
}

/** Room for `length` cells of a type. */
export function allocate(type: ColumnType, length: number): ColumnData {
  switch (type) {
    case 'bool':
      return new Uint8Array(length)
    case 'float':
      return new Float64Array(length)
    case 'uint':
      return new BigUint64Array(length)
    case 'int':
    case 'time':
      return new BigInt64Array(length)
    case 'string':
      return new Array<string>(length)
  }
}

const zero = (type: ColumnType): unknown => (type === 'string' ? '' : type === 'float' || type === 'bool' ? 0 : 0n)

const fill = (data: ColumnData, value: Exclude<Cell, null>): void => {
  if (typeof value === 'boolean') (data as Uint8Array).fill(value ? 1 : 0)
  else (data as unknown[]).fill(value)
}
