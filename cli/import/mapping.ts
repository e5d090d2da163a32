import { z } from 'zod'
import { delimiter, encoding, timeFormat, timeZone } from './file-shape.ts'
import { readMappingFile } from './mapping-file.ts'

export const mappingSchema = z.strictObject({
  /** Which files of the folder, by name; `*` stands for anything. */
  files: z.string().default('*.csv'),
  encoding,
  delimiter,
  decimal: z.enum(['.', ',']).default('.'),
  time: z
    .strictObject({
      /** Name of the time column in the header. */
      column: z.string().default(''),
      format: timeFormat,
      zone: timeZone,
    })
    .prefault({}),
  /** Where a row's machine stands: in the file's name (a regular expression whose first group is the id) or in a column. */
  machine: z
    .union([
      z.strictObject({ fileName: z.string().refine(isPattern, 'is no regular expression with a group for the id') }),
      z.strictObject({ column: z.string().min(1) }),
      z.strictObject({ name: z.string().min(1) }),
    ])
    .default({ fileName: '^(.+)\\.[^.]+$' }),
  /** Names of sensors by column; a column with null is left out. Columns that are not named here keep their own name. */
  sensors: z.record(z.string(), z.string().min(1).nullable()).default({}),
  /** Texts that mean "no reading", besides the empty cell. */
  gaps: z.array(z.string()).default(['NaN', 'nan', 'null', 'NULL', '-']),
  /** Tags of every point. */
  tags: z.record(z.string().min(1), z.string().min(1)).default({}),
})

/** How the files of an export look, and what they mean. */
export type Mapping = z.output<typeof mappingSchema>

/** One CSV file per machine; the time column's name is empty; times without a zone are UTC. */
export const defaultMapping: Mapping = mappingSchema.parse({})

/** Reads `--map`. @throws UsageError that names everything that is wrong in it */
export const readMapping = (path: string): Promise<Mapping> => readMappingFile(path, mappingSchema)

function isPattern(text: string): boolean {
  try {
    return new RegExp(`${text}|`).exec('')!.length > 1
  } catch {
    return false
  }
}

/** `*.csv` as a test of file names. */
export function fileNameTest(glob: string): (name: string) => boolean {
  const pattern = new RegExp(
    `^${glob
      .split('*')
      .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
      .join('.*')}$`,
    'i',
  )
  return (name) => pattern.test(name)
}
