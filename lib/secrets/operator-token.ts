import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where a data folder keeps its secrets. */
export const secretsFolder = (dataDir: string): string => join(dataDir, 'secrets')

/**
 * The operator's token of a data folder: made once, kept in `secrets/operator-token`, readable by its owner only.
 * @param given a token from outside (PLANTWATCH_TOKEN): it is taken as it is, and nothing is written
 */
export async function operatorToken(dataDir: string, given?: string): Promise<string> {
  if (given !== undefined) return given
  const folder = secretsFolder(dataDir)
  const path = join(folder, 'operator-token')
  const known = await readToken(path)
  if (known !== null) return known
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const made = join(folder, `operator-token-${randomBytes(4).toString('hex')}`)
  await writeFile(made, `${randomBytes(48).toString('base64url')}\n`, { mode: 0o600 })
  // A link fails where one is there already: of two first starts at once, both go on with the same token.
  await link(made, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await rm(made, { force: true })
  await chmod(path, 0o600)
  const token = await readToken(path)
  if (token === null) throw new Error(`the operator token could not be kept in ${path}`)
  return token
}

/** The token of a data folder, or null where none was made yet. */
export const knownOperatorToken = (dataDir: string): Promise<string | null> =>
  readToken(join(secretsFolder(dataDir), 'operator-token'))

async function readToken(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim() || null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
