/** Tables as annotated CSV carries them. A store's own tables have this shape too and are encoded as they are. */
export type CsvType = 'bool' | 'int' | 'uint' | 'float' | 'string' | 'time'
/** bool → boolean; int, uint and time (nanoseconds since 1970) → bigint; float → number; string → string; a gap → null. */
export type CsvCell = boolean | bigint | number | string | null

export interface CsvColumn {
  readonly label: string
  readonly type: CsvType
  readonly length: number
  /** The one value of every row, or undefined when rows may differ. */
  readonly constant?: CsvCell | undefined
  at(row: number): CsvCell
}

export interface CsvTable {
  /** The columns of the group key, with their values. */
  readonly key: { readonly columns: readonly { readonly label: string; readonly value: CsvCell }[] }
  readonly columns: readonly CsvColumn[]
  readonly length: number
}

/** The word of `#datatype` for each type. */
export const datatypeOf = {
  bool: 'boolean',
  int: 'long',
  uint: 'unsignedLong',
  float: 'double',
  string: 'string',
  time: 'dateTime:RFC3339',
} as const satisfies Record<CsvType, string>
