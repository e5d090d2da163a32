import { createHash, randomUUID } from 'node:crypto'
import { type Dirent, existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, readdir as readdirAsync, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const viewerFolder = fileURLToPath(new URL('..', import.meta.url))
const projectFolder = fileURLToPath(new URL('../..', import.meta.url))

export interface BundleOptions {
  readonly log: (line: string) => void
  /** Where the bundle is kept; tests have their own. */
  readonly distDir?: string
  /** Makes a bundle in an empty folder; Vite unless a test says otherwise. */
  readonly build?: (outDir: string) => Promise<void>
}

/**
 * The built page, made when it is missing or older than its sources. It is built in a folder of its own and then takes the
 * old one's place; of two builders at once the second finds the work done.
 * @returns the folder
 */
export async function ensureBundle({
  log,
  distDir = join(viewerFolder, 'dist'),
  build = buildWithVite,
}: BundleOptions): Promise<string> {
  await sweep(distDir)
  const wanted = sourcesHash()
  if ((await hashOf(distDir)) === wanted) return distDir
  log('building the board’s page, once for these sources; it takes some seconds …')
  const startedMs = performance.now()
  const making = `${distDir}.making-${process.pid}-${randomUUID().slice(0, 8)}`
  try {
    await mkdir(making, { recursive: true })
    await build(making)
    await writeFile(join(making, hashFile), wanted)
    await putInPlace(making, distDir, wanted)
  } finally {
    await rm(making, { recursive: true, force: true })
  }
  log(`the board’s page is built, in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
  return distDir
}

const hashFile = 'sources.sha256'

const hashOf = (distDir: string): Promise<string | null> => readFile(join(distDir, hashFile), 'utf8').catch(() => null)

async function putInPlace(making: string, distDir: string, wanted: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    if ((await hashOf(distDir)) === wanted) return
    const old = `${distDir}.old-${process.pid}-${randomUUID().slice(0, 8)}`
    await rename(distDir, old).catch(ignore('ENOENT'))
    try {
      await rename(making, distDir)
      return
    } catch (error) {
      // Another builder was quicker between the two steps.
      const { code } = error as NodeJS.ErrnoException
      if (attempt === 5 || (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'EPERM')) throw error
    } finally {
      await rm(old, { recursive: true, force: true })
    }
  }
}

/** A builder that was killed leaves its folder behind; its name tells whether somebody still works in it. */
async function sweep(distDir: string): Promise<void> {
  const left = new RegExp(`^${basename(distDir)}\\.(?:making|old)-(\\d+)-`)
  for (const name of await readdirAsync(dirname(distDir)).catch(() => [])) {
    const pid = left.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid)))
      await rm(join(dirname(distDir), name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const ignore = (code: string) => (error: NodeJS.ErrnoException) => {
  if (error.code !== code) throw error
}

/** What a bundle is made of: the page's sources, what they import from lib, and the exact version of every package. */
export function sourcesHash(): string {
  const hash = createHash('sha256')
  const add = (path: string): void => {
    hash.update(`${relative(projectFolder, path)}\0`)
    hash.update(readFileSync(path))
    hash.update('\0')
  }
  for (const folder of ['src', 'icons']) filesIn(join(viewerFolder, folder)).forEach(add)
  filesIn(join(projectFolder, 'lib/dashboard')).forEach(add)
  for (const file of ['index.html', 'vite.config.ts', 'api.ts']) add(join(viewerFolder, file))
  const lock = join(projectFolder, 'package-lock.json')
  if (existsSync(lock)) add(lock)
  return hash.digest('hex')
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry: Dirent) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()

async function buildWithVite(outDir: string): Promise<void> {
  const { build } = await import('vite').catch(() => {
    throw new Error('the board’s page is not built, and Vite, which builds it, is not installed: run npm ci')
  })
  // Vite goes by this variable, not by its mode: with `test` or `development` in it the page would be React's slow development build.
  const { NODE_ENV } = process.env
  process.env['NODE_ENV'] = 'production'
  try {
    await build({
      configFile: join(viewerFolder, 'vite.config.ts'),
      root: viewerFolder,
      logLevel: 'error',
      mode: 'production',
      build: { outDir, emptyOutDir: true },
    })
  } finally {
    if (NODE_ENV === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = NODE_ENV
  }
}
