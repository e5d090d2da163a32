import { z } from 'zod'
import { delimiter, encoding, timeFormat, timeZone } from '../import/file-shape.ts'
import { readMappingFile } from '../import/mapping-file.ts'

/** Columns of a context file, by what they hold. */
export const contextColumns = ['machine', 'lot', 'product', 'operator', 'order', 'from', 'to'] as const
export type ContextColumn = (typeof contextColumns)[number]

const column = z.string().min(1)
export const contextMappingSchema = z.strictObject({
  encoding,
  delimiter,
  /** Names of columns in the file's header; those that are not named here are called as what they hold. */
  columns: z
    .strictObject({
      machine: column.default('machine'),
      lot: column.default('lot'),
      product: column.default('product'),
      operator: column.default('operator'),
      order: column.default('order'),
      from: column.default('from'),
      to: column.default('to'),
    })
    .prefault({}),
  time: z.strictObject({ format: timeFormat, zone: timeZone }).prefault({}),
})

/** How a file of lots looks. */
export type ContextMapping = z.output<typeof contextMappingSchema>

export const defaultContextMapping: ContextMapping = contextMappingSchema.parse({})

/** Reads `--map`. @throws UsageError that names everything that is wrong in it */
export const readContextMapping = (path: string): Promise<ContextMapping> => readMappingFile(path, contextMappingSchema)
