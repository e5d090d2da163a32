import { rename, stat, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { UsageError } from '../lib/errors.ts'
import type { Call } from './command.ts'
import { environmentFile, environmentRows } from './environment-file.ts'

/** `plantwatch init`: a `.env` with secrets of its own for docker-compose.yml. It prints no secret. */
export async function run({ values, arguments: [folder = '.'], options, json }: Call): Promise<void> {
  const found = await stat(folder).catch(() => null)
  if (!found?.isDirectory()) throw new UsageError(`there is no folder ${folder}`)
  const file = resolve(folder, '.env')
  const kept = await put(file, environmentFile(values), options['force'] === true)
  const names = Object.keys(environmentRows)
  if (json) {
    console.log(JSON.stringify({ file, kept, variables: names }))
    return
  }
  console.log(`${file} is made, with secrets of its own; only you can read it.`)
  if (kept !== null)
    console.log(
      `The old one is kept as ${kept}. An InfluxDB and a Grafana that were started with it know only its secrets:\n` +
        'put it back, or begin anew with "docker compose down --volumes", which deletes their data.',
    )
  console.log(
    [
      '',
      '  docker compose up -d --build    starts InfluxDB, Grafana, ingestor and analytics',
      '  http://127.0.0.1:3000           Grafana; user admin, GRAFANA_ADMIN_PASSWORD out of the file',
      '  http://127.0.0.1:8087           the ingestor; devices send PLANTWATCH_TOKEN',
      '',
      'docs/docker.md says how to open it to the network, to upgrade, and to back up.',
    ].join('\n'),
  )
}

/** @returns where an old file went, or null. @throws UsageError where there is one and it is not to be replaced */
async function put(file: string, text: string, replace: boolean): Promise<string | null> {
  const kept = replace ? await setAside(file) : null
  await writeFile(file, text, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(
      error.code === 'EEXIST'
        ? `${file} is there already, and a database may know its secrets: --force makes a new one and keeps the old`
        : `${file} cannot be written: ${error.message}`,
    )
  })
  return kept
}

async function setAside(file: string): Promise<string | null> {
  const kept = `${file}.old-${new Date().toISOString().replace(/[:.]/g, '')}`
  try {
    await rename(file, kept)
    return kept
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
