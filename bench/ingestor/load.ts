import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { copiesOf } from './bodies.ts'

export interface Load {
  readonly url: string
  readonly token: string
  /** As `writeBodies` says. */
  readonly bodies: string
  readonly lines: number
  readonly gzip: boolean
  readonly seconds: number
  readonly connections: number
}

export interface LoadResult {
  readonly requests: number
  readonly seconds: number
  /** Answers that were no success. */
  readonly refused: number
  readonly broken: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** The core that sends; the server has the other one. */
export const clientCore = '1'
export const serverCore = '0'

/** Sends bodies in turn by wrk, as fast as they are taken. */
export function runLoad({ url, token, bodies, lines, gzip, seconds, connections }: Load): Promise<LoadResult> {
  const script = fileURLToPath(new URL('rotate.lua', import.meta.url))
  const words = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '60s', '-s', script, url]
  return new Promise((resolve, reject) => {
    const child = spawn('taskset', ['-c', clientCore, 'wrk', ...words], {
      env: {
        ...process.env,
        BODIES: bodies,
        COPIES: String(copiesOf[lines]),
        ENDING: gzip ? '.lp.gz' : '.lp',
        TOKEN: token,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', (part: Buffer) => {
      output += part.toString()
    })
    child.on('error', reject)
    child.on('close', () => {
      const result = /^RESULT (.*)$/m.exec(output)?.[1]
      if (result === undefined) reject(new Error(`the load generator said nothing of use:\n${output}`))
      else resolve(JSON.parse(result) as LoadResult)
    })
  })
}
