/**
 * Writes the pages and files that are generated from tables in the code, so that the two never differ.
 * `npm run generate` writes them; `npm run generate -- --check` fails when one on disk differs.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defaultPlantText } from '../lib/plant/default-plant.ts'
import { measurementsPage } from '../lib/schema/page.ts'

export interface GeneratedFile {
  /** Relative to the project's folder. */
  readonly path: string
  readonly text: string
}

export const projectFolder = fileURLToPath(new URL('..', import.meta.url))

/** One row per source of generated files. */
export const generators: Readonly<Record<string, () => Promise<readonly GeneratedFile[]>>> = {
  api: async () => [
    { path: 'docs/api-support.md', text: (await import('../store/http/support-page.ts')).apiSupportPage() },
  ],
  commands: async () => [{ path: 'docs/commands.md', text: (await import('../cli/commands-page.ts')).commandsPage() }],
  dashboards: async () => (await import('../grafana/provisioning.ts')).provisioningFiles(),
  flux: async () => [
    { path: 'docs/flux-support.md', text: await (await import('../store/flux/support-page.ts')).fluxSupportPage() },
  ],
  jobs: async () => [{ path: 'docs/jobs.md', text: (await import('../analytics/jobs-page.ts')).jobsPage() }],
  measurements: async () => [{ path: 'docs/measurements.md', text: measurementsPage() }],
  plant: async () => [{ path: 'docs/plant.yaml', text: defaultPlantText }],
  settings: async () => [{ path: 'docs/settings.md', text: (await import('../lib/settings-page.ts')).settingsPage() }],
}

/** The generated files that differ from what is on disk. */
export async function staleFiles(): Promise<readonly GeneratedFile[]> {
  const stale: GeneratedFile[] = []
  for (const generate of Object.values(generators))
    for (const file of await generate()) {
      const onDisk = await readFile(join(projectFolder, file.path), 'utf8').catch(() => null)
      if (onDisk !== file.text) stale.push(file)
    }
  return stale
}

if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === process.argv[1]) {
  const stale = await staleFiles()
  const check = process.argv.includes('--check')
  for (const file of stale) {
    console.log(`${check ? 'stale' : 'wrote'} ${file.path}`)
    if (check) continue
    const path = join(projectFolder, file.path)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, file.text)
  }
  if (check && stale.length > 0) process.exitCode = 1
  if (stale.length === 0) console.log('every generated file is up to date')
}
