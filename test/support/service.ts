import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { ReadyLine } from '../../cli/ready-line.ts'
import { cleanEnvironment, projectFolder } from './stack.ts'

/** One `plantwatch` service in a process of its own. */
export interface StartedService {
  readonly process: ChildProcess
  readonly line: ReadyLine
  /** Asks it to end, as Docker does; resolves with the exit status. */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

/**
 * Starts a service and waits until it is ready.
 * @param words the service and its flags; `--json` is added
 * @param installation folder with `bin/plantwatch.js` @param nodeFlags of Node itself
 * @throws Error with what it said when it ends before
 */
export async function startService(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
  installation = projectFolder,
  nodeFlags: readonly string[] = [],
): Promise<StartedService> {
  const launcher = join(installation, 'bin', 'plantwatch.js')
  const child = spawn(process.execPath, [...nodeFlags, launcher, ...words, '--json'], {
    cwd: installation,
    env: cleanEnvironment(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stderr.on('data', (part: Buffer) => {
    errors += part.toString()
  })
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const line = await Promise.race([
    new Promise<string>((resolve) => {
      child.stdout.on('data', (part: Buffer) => {
        output += part.toString()
        if (output.includes('\n')) resolve(output.slice(0, output.indexOf('\n')))
      })
    }),
    gone.then(() => null),
  ])
  if (line === null) throw new Error(`plantwatch ${words.join(' ')} ended before it was ready:\n${errors}`)
  return {
    process: child,
    line: JSON.parse(line) as ReadyLine,
    async end(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      return gone
    },
  }
}
