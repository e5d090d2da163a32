import type { TableStream } from '../stream.ts'
import type { Table } from '../table.ts'

/** Tables after a function that InfluxDB ends with `map`: those without rows are gone, the others in the order of their keys. */
export function inMapOrder(input: TableStream, of: (table: Table) => Table): Table[] {
  const tables: Table[] = []
  for (const table of input.tables()) {
    const result = of(table)
    if (result.length > 0) tables.push(result)
  }
  return tables.sort((a, b) => a.key.compare(b.key))
}
