import { cpSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { projectFolder } from '../../bin/generate.ts'

const read = (path: string): string => readFileSync(join(projectFolder, path), 'utf8')

/** Files and folders of the project that the Dockerfile copies, without the stage that installs packages. */
export function copiedSources(): readonly string[] {
  return [
    ...new Set(
      [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+)$/gm)].flatMap(([, words]) =>
        words!.split(/\s+/).slice(0, -1),
      ),
    ),
  ]
}

/** Whether .dockerignore lets a file through: it names what goes in, and of that what does not. */
export function isSent(path: string): boolean {
  const lines = read('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  const sent = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
  if (!sent.some((known) => path === known || path.startsWith(`${known}/`))) return false
  const kept = lines.filter((line) => line.startsWith('**/')).map((line) => line.slice(3))
  return !path.split('/').some((name) => kept.some((pattern) => name === pattern || matchesEnding(name, pattern)))
}

const matchesEnding = (name: string, pattern: string): boolean =>
  pattern.startsWith('*') && name.endsWith(pattern.slice(1))

/** Every file that gets into the image, relative to the project. */
export function filesOfImage(): readonly string[] {
  return copiedSources().flatMap((source) =>
    statSync(join(projectFolder, source)).isDirectory()
      ? readdirSync(join(projectFolder, source), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name).slice(projectFolder.length))
          .filter(isSent)
      : [source].filter(isSent),
  )
}

interface Locked {
  readonly dev?: boolean
}

/**
 * Puts into a folder what the image holds: the files that the Dockerfile copies, and of the packages those that
 * `npm ci --omit=dev` installs. Nothing else can be found from there.
 */
export function layOutImage(folder: string): void {
  for (const file of filesOfImage()) cpSync(join(projectFolder, file), join(folder, file))
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }
  const isDev = (path: string): boolean => packages[path]?.dev === true
  for (const path of Object.keys(packages)) {
    // Nested ones come along with the package that they are in.
    if (!/^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) || isDev(path) || !existsSync(join(projectFolder, path)))
      continue
    cpSync(join(projectFolder, path), join(folder, path), {
      recursive: true,
      filter: (from) => !isDev(from.slice(projectFolder.length)),
    })
  }
}
