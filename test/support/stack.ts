import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ReadyLine } from '../../cli/ready-line.ts'
import { familyOf, type ProcessFacts } from './processes.ts'
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts'

const launcher = fileURLToPath(new URL('../../bin/plantwatch.js', import.meta.url))
export const projectFolder = fileURLToPath(new URL('../..', import.meta.url))

export interface StackSettings {
  /** Kept between starts when given; else a temporary folder that is removed at the end. */
  readonly dataDir?: string
  /** Words after `plantwatch up --json --port 0 --data …`; by default no demo plant. */
  readonly words?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

/** A real `plantwatch up` in a process of its own, on free ports. */
export interface StartedStack {
  readonly pid: number
  readonly process: ChildProcess
  readonly dataDir: string
  readonly line: Required<Pick<ReadyLine, 'store' | 'ingestor' | 'board'>>
  /** Of everything, without the sign-in key: `http://127.0.0.1:4711`. */
  readonly gatewayUrl: string
  readonly token: string
  readonly startedMs: number
  readonly readyAfterMs: number
  /** What it printed on standard error so far. */
  output(): string
  /** Resolves when the store has everything that was acknowledged. */
  settled(): Promise<void>
  /** `up` and its children, as they are now (Linux). */
  processes(): ProcessFacts[]
  /** Ctrl-C or another signal to `up` alone; resolves with the exit status. */
  end(signal?: NodeJS.Signals): Promise<number | null>
  /** Ends it if it still runs, and removes the folder if it was made here. */
  close(): Promise<void>
}

/** Clean of settings that the machine of the test may have. */
export function cleanEnvironment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const environment = { ...process.env }
  for (const name of Object.keys(environment)) if (/^(INFLUX_|PLANTWATCH_)/.test(name)) delete environment[name]
  return { ...environment, PLANTWATCH_SETTINGS: emptySettings, ...more }
}

/** A settings file that sets nothing, so that one in the working folder does not count. */
const emptySettings = fileURLToPath(new URL('empty-settings.yaml', import.meta.url))

export async function startStack(settings: StackSettings = {}): Promise<StartedStack> {
  const dataDir = settings.dataDir ?? (await makeTemporaryFolder())
  const startedMs = performance.now()
  const child = spawn(
    process.execPath,
    [launcher, 'up', '--json', '--port', '0', '--data', dataDir, ...(settings.words ?? ['--no-demo'])],
    { env: cleanEnvironment(settings.environment), stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  child.stderr.on('data', (part: Buffer) => {
    output += part.toString()
  })
  const gone = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const line = await Promise.race([firstLine(child), gone.then(() => null)])
  if (line === null) throw new Error(`plantwatch up ended before it was ready:\n${output}`)
  const ready = JSON.parse(line) as StartedStack['line']
  const end = async (signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    return gone
  }
  return {
    pid: child.pid!,
    process: child,
    dataDir,
    line: ready,
    gatewayUrl: new URL(ready.board.url).origin,
    token: ready.ingestor.token,
    startedMs,
    readyAfterMs: performance.now() - startedMs,
    output: () => output,
    settled: () => settled(ready.ingestor),
    processes: () => familyOf(child.pid!),
    end,
    async close() {
      await end('SIGKILL')
      if (settings.dataDir === undefined) await removeFolder(dataDir)
    },
  }
}

/** Waits until an ingestor has delivered all that it acknowledged. */
export async function settled({ url, token }: { readonly url: string; readonly token: string }): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += 10) {
    const response = await fetch(`${url}/metrics`, { headers: { Authorization: `Token ${token}` } }).catch(() => null)
    if (/^plantwatch_ingestor_delivery_lag_records 0$/m.test((await response?.text()) ?? '')) return
    if (waitedMs > 60_000) throw new Error('the ingestor has not delivered everything within a minute')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export interface CommandResult {
  readonly status: number | null
  readonly output: string
  readonly errors: string
}

/** Runs `plantwatch` with these words to its end. */
export async function runCommand(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  input?: string,
): Promise<CommandResult> {
  const child = spawn(process.execPath, [launcher, ...words], {
    env: cleanEnvironment(environment),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stdout.on('data', (part: Buffer) => {
    output += part.toString()
  })
  child.stderr.on('data', (part: Buffer) => {
    errors += part.toString()
  })
  child.stdin.end(input ?? '')
  const status = await new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  return { status, output, errors }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    child.stdout!.on('data', (part: Buffer) => {
      text += part.toString()
      const end = text.indexOf('\n')
      if (end >= 0) resolve(text.slice(0, end))
    })
  })
}
