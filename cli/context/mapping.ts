import { z } from 'zod'
import { delimiter, encoding, timeFormat, timeZone } from '../import/file-shape.ts'
import { readMappingFile } from '../import/mapping-file.ts'

/** Columns of a context file, by what they hold. */
export const contextColumns = ['machine', 'lot', 'product', 'operator', 'order', 'from', 'to'] as const
export type ContextColumn = (typeof contextColumns)[number]

const column = z.string().min(1).optional()
/** Names of columns in the file's header; those that are not named are called as what they hold. */
const columns = z
  .strictObject({
    machine: column,
    lot: column,
    product: column,
    operator: column,
    order: column,
    from: column,
    to: column,
  })
  .superRefine((named, { addIssue }) => {
    const holders = holdersOf(named)
    for (const holds of contextColumns) {
      const name = named[holds] ?? holds
      const holder = holders.get(name)
      if (holder === undefined || holder === holds) continue
      if (named[holds] !== undefined)
        addIssue({ code: 'custom', path: [holds], message: `the column "${name}" is named as ${holder} already` })
      else if (isNeeded(holds))
        addIssue({
          code: 'custom',
          path: [holds],
          message: `has to name a column: "${name}" is named as ${holder}`,
        })
    }
  })
  .transform((named): Readonly<Record<ContextColumn, string | null>> => {
    const holders = holdersOf(named)
    const nameOf = (holds: ContextColumn) => named[holds] ?? (holders.has(holds) ? null : holds)
    return Object.fromEntries(contextColumns.map((holds) => [holds, nameOf(holds)])) as Record<
      ContextColumn,
      string | null
    >
  })

/** Whether a file without this column cannot be read. */
export const isNeeded = (holds: ContextColumn): boolean => holds === 'machine' || holds === 'from'

/** By the names of columns that are given, what each holds; of several things the first. */
function holdersOf(named: Readonly<Partial<Record<ContextColumn, string | undefined>>>): Map<string, ContextColumn> {
  const holders = new Map<string, ContextColumn>()
  for (const holds of contextColumns) {
    const name = named[holds]
    if (name !== undefined && !holders.has(name)) holders.set(name, holds)
  }
  return holders
}

export const contextMappingSchema = z.strictObject({
  encoding,
  delimiter,
  /** null for what no column holds: the one of its name holds something else. */
  columns: columns.prefault({}),
  time: z.strictObject({ format: timeFormat, zone: timeZone }).prefault({}),
})

/** How a file of lots looks. */
export type ContextMapping = z.output<typeof contextMappingSchema>

export const defaultContextMapping: ContextMapping = contextMappingSchema.parse({})

/** Reads `--map`. @throws UsageError that names everything that is wrong in it */
export const readContextMapping = (path: string): Promise<ContextMapping> => readMappingFile(path, contextMappingSchema)
