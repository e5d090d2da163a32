import { Column, type ColumnType } from './column.ts'
import type { GroupKey } from './group-key.ts'

/** A table: a group key, columns of equal length, and rows. Immutable. Every key column is constant within it. */
export class Table {
  /** Only of wide tables: in a narrow one looking along the columns is quicker, and windows make many tables. */
  #byLabel: ReadonlyMap<string, Column> | undefined

  /** @param length number of rows; given because a table without columns may still stand for a group */
  constructor(
    readonly key: GroupKey,
    readonly columns: readonly Column[],
    readonly length: number,
  ) {}

  static of(key: GroupKey, columns: readonly Column[]): Table {
    return new Table(key, columns, columns[0]?.length ?? 0)
  }

  /** A table without rows that keeps key and schema. */
  static empty(key: GroupKey, schema: readonly { readonly label: string; readonly type: ColumnType }[]): Table {
    return new Table(
      key,
      schema.map(({ label, type }) => Column.from(label, type, [])),
      0,
    )
  }

  column(label: string): Column | undefined {
    if (this.columns.length <= 16) {
      for (const column of this.columns) if (column.label === label) return column
      return undefined
    }
    this.#byLabel ??= new Map(this.columns.map((column) => [column.label, column]))
    return this.#byLabel.get(label)
  }

  get labels(): readonly string[] {
    return this.columns.map((column) => column.label)
  }

  /** The rows `indices`, in that order, same key. */
  take(indices: Int32Array): Table {
    return new Table(
      this.key,
      this.columns.map((column) => column.take(indices)),
      indices.length,
    )
  }

  slice(start: number, end: number): Table {
    return new Table(
      this.key,
      this.columns.map((column) => column.slice(start, end)),
      end - start,
    )
  }

  /** Same rows, other columns; the key is given because columns of it may have gone. */
  with(columns: readonly Column[], key: GroupKey = this.key): Table {
    return new Table(key, columns, this.length)
  }
}
