import { rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Folders that the stack keeps in a data folder; `--reset` removes these and nothing else. */
export const keptFolders = ['store', 'ingestor', 'analytics', 'secrets'] as const

/** Empties a data folder that this process has open. Other files and the demo plant's folder in it stay. */
export async function resetFolder(dataDir: string): Promise<void> {
  for (const name of keptFolders) await rm(join(dataDir, name), { recursive: true, force: true })
}
