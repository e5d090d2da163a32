import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { secretsFolder } from './operator-token.ts'

/** How commands find the `up` that runs on a data folder. */
export interface RunningGateway {
  readonly url: string
  readonly pid: number
}

const fileOf = (dataDir: string): string => join(secretsFolder(dataDir), 'gateway.json')

export async function rememberGateway(dataDir: string, gateway: RunningGateway): Promise<void> {
  await mkdir(secretsFolder(dataDir), { recursive: true, mode: 0o700 })
  await writeFile(`${fileOf(dataDir)}.new`, JSON.stringify(gateway), { mode: 0o600 })
  await rename(`${fileOf(dataDir)}.new`, fileOf(dataDir))
}

export const forgetGateway = (dataDir: string): Promise<void> => rm(fileOf(dataDir), { force: true })

/** The gateway that was last started on the folder; it may have been killed since. */
export async function lastGateway(dataDir: string): Promise<RunningGateway | null> {
  try {
    const value = JSON.parse(await readFile(fileOf(dataDir), 'utf8')) as Partial<RunningGateway>
    return typeof value.url === 'string' && typeof value.pid === 'number' ? { url: value.url, pid: value.pid } : null
  } catch {
    return null
  }
}
