import type { Arguments } from '../arguments.ts'
import type { Column } from '../column.ts'
import { FluxError } from '../errors.ts'
import type { Table } from '../table.ts'

/** 64-bit cells as pairs of halves, the low one first: differences of them cost no bigints. */
export function halvesOf(column: Column): Int32Array {
  const data = column.data as BigInt64Array
  return new Int32Array(data.buffer, data.byteOffset, data.length * 2)
}

/** Cell `to` less cell `from`, as the double nearest to it. Signed cells only. */
export const difference64 = (halves: Int32Array, from: number, to: number): number =>
  (halves[2 * to + 1]! - halves[2 * from + 1]!) * 2 ** 32 + ((halves[2 * to]! >>> 0) - (halves[2 * from]! >>> 0))

/** As `difference64`, for cells without a sign. */
export const differenceU64 = (halves: Int32Array, from: number, to: number): number =>
  ((halves[2 * to + 1]! >>> 0) - (halves[2 * from + 1]! >>> 0)) * 2 ** 32 +
  ((halves[2 * to]! >>> 0) - (halves[2 * from]! >>> 0))

/** The column of times that `name` goes by. @throws FluxError when it is of another type or has a gap */
export function timesOf(table: Table, label: string, name: string): Column {
  const column = table.column(label)
  if (column === undefined) throw new FluxError('invalid', `no column "${label}" exists`)
  if (column.type !== 'time')
    throw new FluxError('invalid', `time column "${label}" is type ${column.type} and not time`)
  if (column.nulls?.includes(1)) throw new FluxError('invalid', `${name} found null time in time column`)
  return column
}

/** The argument `unit` in nanoseconds, a second when it is left out. */
export const unitNsOf = (args: Arguments, name = 'unit'): number =>
  Number(args.optional(name, args.duration)?.approximateNs() ?? 1_000_000_000n)
