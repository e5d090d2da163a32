import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Puts a file in the place of the one that is there, whole or not at all; on disk when it resolves. */
export async function replaceFile(path: string, parts: readonly (string | Uint8Array)[]): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    for (const part of parts) await file.writeFile(part)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  await syncFolder(dirname(path))
}

/** Makes creations, renames and removals in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
