import type { Cell, ColumnType } from './column.ts'

/** One column of a group key. */
export interface KeyColumn {
  readonly label: string
  readonly type: ColumnType
  readonly value: Cell
}

/** The columns, in order, whose values are the same in every row of a table. Two tables of one stream never share a key. */
export class GroupKey {
  static readonly empty = new GroupKey([])
  #id: string | undefined
  #sorted: readonly KeyColumn[] | undefined

  constructor(readonly columns: readonly KeyColumn[]) {}

  get labels(): readonly string[] {
    return this.columns.map((column) => column.label)
  }

  column(label: string): KeyColumn | undefined {
    return this.columns.find((column) => column.label === label)
  }

  has(label: string): boolean {
    return this.columns.some((column) => column.label === label)
  }

  /** Equal for equal keys, whatever the order of their columns. */
  get id(): string {
    this.#id ??= this.#byLabel().map(identity).join(',')
    return this.#id
  }

  /** The order in which Flux walks groups: by label (a *greater* label first), then type, then value, null first, shorter first. */
  compare(other: GroupKey): number {
    const left = this.#byLabel()
    const right = other.#byLabel()
    for (let i = 0; i < Math.min(left.length, right.length); i++) {
      const a = left[i]!
      const b = right[i]!
      if (a.label !== b.label) return a.label < b.label ? 1 : -1
      if (a.type !== b.type) return typeOrder.indexOf(a.type) - typeOrder.indexOf(b.type)
      const order = compareCells(a.value, b.value)
      if (order !== 0) return order
    }
    return left.length - right.length
  }

  #byLabel(): readonly KeyColumn[] {
    this.#sorted ??= [...this.columns].sort((a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : 0))
    return this.#sorted
  }
}

const typeOrder: readonly ColumnType[] = ['bool', 'int', 'uint', 'float', 'string', 'time']

/** Texts with their lengths in front, so that no two keys are written alike. */
const identity = ({ label, type, value }: KeyColumn): string =>
  typeof value === 'string'
    ? `${label.length}:${label}${type}"${value.length}:${value}`
    : `${label.length}:${label}${type}${value}`

/** Null first, false before true, numbers by size (NaN last), strings by the bytes of their UTF-8. */
export function compareCells(a: Cell, b: Cell): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1
  if (typeof a === 'string') return compareStrings(a, b as string)
  if (typeof a === 'number' && Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1
  if (typeof b === 'number' && Number.isNaN(b)) return -1
  return a < b! ? -1 : a > b! ? 1 : 0
}

/** Order of UTF-8 bytes, which differs from JavaScript's own where surrogate pairs meet U+E000 … U+FFFF. */
export function compareStrings(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    let x = a.charCodeAt(i)
    let y = b.charCodeAt(i)
    if (x !== y) {
      if (x >= 0xd800 && y >= 0xd800) {
        if (x >= 0xe000) x -= 0x800
        else x += 0x2000
        if (y >= 0xe000) y -= 0x800
        else y += 0x2000
      }
      return x - y
    }
  }
  return a.length - b.length
}
