import { createHmac, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { replaceFile } from '../durable-file.ts'

const pseudonym = /^op-[0-9a-f]{10}$/
const keyBytes = 32

/**
 * Names of people become `op-` and ten digits: the same name always the same ones, and nobody can count back without the key, which
 * never leaves the data folder (mode 0600).
 */
export class Pseudonyms {
  private constructor(readonly key: Buffer) {}

  /** Makes the key where there is none. @throws Error for a file that holds no key: a new one would give everybody a new name */
  static async open(path: string): Promise<Pseudonyms> {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    if (text !== null) {
      const key = Buffer.from(text.trim(), 'hex')
      if (key.length !== keyBytes) throw new Error(`${path} holds no key of ${keyBytes} bytes`)
      return new Pseudonyms(key)
    }
    const key = randomBytes(keyBytes)
    await replaceFile(path, [`${key.toString('hex')}\n`])
    return new Pseudonyms(key)
  }

  /** A pseudonym stays what it is, so that what was read here may be sent back. */
  of(name: string): string {
    if (pseudonym.test(name)) return name
    return `op-${createHmac('sha256', this.key).update(name).digest('hex').slice(0, 10)}`
  }
}
