import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder of this test's own; it is gone when the test is. */
export async function temporaryFolder(): Promise<string> {
  const path = await makeTemporaryFolder()
  onTestFinished(() => removeFolder(path))
  return path
}

/** A folder that whoever asks for it removes. */
export const makeTemporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'plantwatch-test-'))

export const removeFolder = (path: string): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 5 })
