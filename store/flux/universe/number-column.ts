import type { Column } from '../column.ts'
import { FluxError } from '../errors.ts'
import type { Table } from '../table.ts'

export const isNumeric = ({ type }: Column): boolean => type === 'float' || type === 'int' || type === 'uint'

/** The column `_value` for a function that goes by no other. @param what how the error names what it takes, `moving average` */
export function numericValue(table: Table, what: string): Column {
  const column = table.column('_value')
  if (column === undefined) throw new FluxError('invalid', 'cannot find _value column')
  if (!isNumeric(column))
    throw new FluxError('invalid', `cannot take ${what} of column ${column.label} (type ${column.type})`)
  return column
}
