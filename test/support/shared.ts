import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Reference material beside the project, used by path; PLANTWATCH_SHARED names another place. */
export const sharedFolder =
  process.env['PLANTWATCH_SHARED'] ?? fileURLToPath(new URL('../../../shared', import.meta.url))

/** A path in it, or null where it is missing (the test is then skipped, visibly). */
export function sharedPath(...parts: readonly string[]): string | null {
  const path = join(sharedFolder, ...parts)
  return existsSync(path) ? path : null
}
