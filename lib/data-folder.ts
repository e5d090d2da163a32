import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { startOfProcess } from './process/identity.ts'

export interface DataFolderOptions {
  /** Who keeps data here, as users call it: `store`, `ingestor`, `analytics`, … */
  readonly part: string
  /** Format of what is kept here. A folder with a newer one is refused, an older one is handed to the part as `format`. */
  readonly format: number
}

export interface DataFolder {
  readonly path: string
  /** Format found, or `options.format` in a new folder. */
  readonly format: number
  /** Gives the folder free; twice does no harm. */
  release(): Promise<void>
}

/** A folder that cannot be opened: the sentence says why and what to do. */
export class DataFolderRefused extends Error {
  override readonly name = 'DataFolderRefused'
}

interface Claim {
  readonly pid: number
  readonly start: string
  readonly host: string
}

/** A claim of another machine or container cannot be asked for its process; it shows life by its file's time. */
const heartbeatMs = 4_000
const silentMs = 3 * heartbeatMs

/**
 * Opens a part's data folder, made when missing, for this process alone.
 *
 * The lock is a claim file named after nobody but its owner. Whoever wants the folder puts down its own claim first and
 * then looks for others: a claim whose process is gone is removed, a living one wins. Two at once may both step back and
 * try again, but never both go on; and a `kill -9` leaves a claim that stops nobody.
 * @throws DataFolderRefused when a living process has it, or the format is newer than this program
 */
export async function openDataFolder(path: string, options: DataFolderOptions): Promise<DataFolder> {
  await mkdir(path, { recursive: true })
  const name = await claim(path, options.part)
  try {
    const format = await readFormat(path, options)
    const beat = setInterval(() => {
      const now = new Date()
      utimes(join(path, name), now, now).catch(() => {})
    }, heartbeatMs)
    beat.unref()
    return {
      path,
      format,
      async release() {
        clearInterval(beat)
        await rm(join(path, name), { force: true })
      },
    }
  } catch (error) {
    await rm(join(path, name), { force: true })
    throw error
  }
}

/** Process id of the one that has the folder open, or null. Claims of other machines count only by their file's time. */
export async function ownerOfDataFolder(path: string): Promise<number | null> {
  for (const name of await readdir(path).catch(() => [] as string[])) {
    if (!isClaim(name)) continue
    const found = await readClaim(join(path, name))
    if (found !== null && (await isLiving(path, name, found))) return found.pid
  }
  return null
}

const isClaim = (name: string): boolean => /^lock-\d+-[0-9a-f]{8}$/.test(name)

async function claim(path: string, part: string): Promise<string> {
  const mine: Claim = { pid: process.pid, start: (await startOfProcess(process.pid)) ?? 'unknown', host: hostname() }
  const name = `lock-${process.pid}-${randomBytes(4).toString('hex')}`
  for (let attempt = 0; ; attempt++) {
    // Written aside and renamed: a claim is whole or not there.
    await writeFile(join(path, `new-${name}`), JSON.stringify(mine), { mode: 0o600 })
    await rename(join(path, `new-${name}`), join(path, name))
    const other = await livingOther(path, name)
    if (other === null) return name
    await rm(join(path, name), { force: true })
    if (attempt === 4)
      throw new DataFolderRefused(
        `the folder ${path} is in use by another ${part} (process ${other.pid}${other.host === mine.host ? '' : ` on ${other.host}`}): ` +
          'end that one first, or give this one a folder of its own with --data',
      )
    await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 40))
  }
}

async function livingOther(path: string, mine: string): Promise<Claim | null> {
  for (const name of await readdir(path)) {
    if (!isClaim(name) || name === mine) continue
    const found = await readClaim(join(path, name))
    if (found === null) continue
    if (await isLiving(path, name, found)) return found
    await rm(join(path, name), { force: true })
  }
  return null
}

async function isLiving(path: string, name: string, found: Claim): Promise<boolean> {
  if (found.host === hostname()) return (await startOfProcess(found.pid)) === found.start
  const seen = await timeOf(join(path, name))
  if (seen === null) return false
  const until = seen + silentMs
  while (Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 200))
    const now = await timeOf(join(path, name))
    if (now === null) return false
    if (now !== seen) return true
  }
  return false
}

async function timeOf(path: string): Promise<number | null> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  )
}

/** Null when it is gone, or is no claim (then it is removed like a dead one by nobody: it says nothing of a process). */
async function readClaim(path: string): Promise<Claim | null> {
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as Partial<Claim>
    if (typeof value.pid !== 'number' || typeof value.start !== 'string' || typeof value.host !== 'string') return null
    return { pid: value.pid, start: value.start, host: value.host }
  } catch {
    return null
  }
}

async function readFormat(path: string, { part, format }: DataFolderOptions): Promise<number> {
  const file = join(path, 'format')
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) {
    await writeFile(`${file}.new`, `plantwatch ${part} ${format}\n`)
    await rename(`${file}.new`, file)
    return format
  }
  const match = /^plantwatch (\S+) (\d+)\n?$/.exec(text)
  if (match === null)
    throw new DataFolderRefused(`the file ${file} is damaged: it should read "plantwatch ${part} ${format}"`)
  if (match[1] !== part)
    throw new DataFolderRefused(
      `the folder ${path} holds data of the ${match[1]}, not of the ${part}: give --data another folder`,
    )
  const found = Number(match[2])
  if (found > format)
    throw new DataFolderRefused(
      `the folder ${path} was written by a newer plantwatch (format ${found}; this one knows ${format}): use that version`,
    )
  return found
}
