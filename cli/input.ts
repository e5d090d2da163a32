import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { UsageError } from '../lib/errors.ts'

/** What a command was given: an argument, a file, or standard input. */
export async function openInput(
  what: string,
  argument: string | undefined,
  file: string | undefined,
): Promise<string | Readable> {
  if (argument !== undefined && file !== undefined)
    throw new UsageError(`give the ${what} as an argument or by --file, not both`)
  if (argument !== undefined && argument !== '-') return argument
  if (file !== undefined) {
    const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
      throw new UsageError(
        error.code === 'ENOENT' ? `there is no file ${file}` : `${file} cannot be read: ${error.message}`,
      )
    })
    if ((await handle.stat()).isDirectory()) throw new UsageError(`${file} is a folder`)
    await handle.close()
    return createReadStream(file)
  }
  if (process.stdin.isTTY && argument === undefined)
    throw new UsageError(`no ${what} given: as an argument, by --file, or on standard input (- reads the terminal)`)
  return process.stdin
}

/** All of it as text. */
export async function readInput(input: string | Readable): Promise<string> {
  if (typeof input === 'string') return input
  const parts: Buffer[] = []
  for await (const part of input) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}
