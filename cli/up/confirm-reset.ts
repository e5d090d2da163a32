import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { UsageError } from '../../lib/errors.ts'
import { keptFolders } from './reset.ts'

export interface ConfirmResetOptions {
  readonly dataDir: string
  /** `--yes` was given. */
  readonly yes: boolean
  /** Asks somebody; null where nobody can be asked. */
  readonly ask: ((question: string) => Promise<string>) | null
}

/** Somebody at the terminal, if there is one. */
export const terminal: ConfirmResetOptions['ask'] =
  process.stdin.isTTY && process.stderr.isTTY
    ? async (question) => {
        const lines = createInterface({ input: process.stdin, output: process.stderr })
        try {
          return await lines.question(question)
        } finally {
          lines.close()
        }
      }
    : null

/**
 * Real data is deleted only when somebody says so: by `--yes`, or at the terminal. A folder that holds none needs no word.
 * @throws UsageError without it; nothing was deleted
 */
export async function confirmReset({ dataDir, yes, ask }: ConfirmResetOptions): Promise<void> {
  const kept = await Promise.all(keptFolders.map((name) => readdir(join(dataDir, name)).catch(() => [])))
  if (yes || kept.every((names) => names.length === 0)) return
  if (ask === null)
    throw new UsageError(
      `--reset would delete all data in ${dataDir}, and this is no demo: give --yes with it, or leave --reset out`,
    )
  const answer = await ask(`This deletes all data in ${dataDir}. Type yes to go on: `)
  if (answer.trim().toLowerCase() !== 'yes') throw new UsageError(`nothing was deleted in ${dataDir}`)
}
