import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import type { z } from 'zod'
import { UsageError } from '../../lib/errors.ts'

/** Reads what `--map` names, a YAML file. @throws UsageError that names everything that is wrong in it */
export async function readMappingFile<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(
      `the mapping ${path} cannot be read: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`,
    )
  })
  let value: unknown
  try {
    value = parse(text) ?? {}
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`)
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new UsageError(
    parsed.error.issues.map(({ path: at, message }) => `${path}: ${at.join('.') || 'the file'}: ${message}`).join('\n'),
  )
}
