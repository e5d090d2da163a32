import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { childVariable } from '../../lib/process/run-until-signal.ts'
import type { ChildMessage, Progress, ReadyLine } from '../ready-line.ts'

export type ChildState = 'starting' | 'ready' | 'restarting' | 'ended'

export interface ChildOptions {
  readonly name: string
  /** Words after `plantwatch`. */
  readonly arguments: readonly string[]
  /** Flags of Node itself. */
  readonly runtimeFlags?: readonly string[]
  /** Secrets go here, never into the arguments. */
  readonly environment: Readonly<Record<string, string>>
  readonly log: (line: string) => void
  readonly onProgress?: (progress: Progress) => void
  /** How long the process must have been ready for its next failure to count as the first one. */
  readonly calmMs?: number
}

/** The program that every child is started by. Built, this file lies in dist/cli/up: the launcher is one folder further up. */
export const launcherPath = (): string =>
  fileURLToPath(
    new URL(
      import.meta.url.includes('/dist/cli/up/') ? '../../../bin/plantwatch.js' : '../../bin/plantwatch.js',
      import.meta.url,
    ),
  )

/** Waits before the first, second, … start after a failure. */
const backoffMs = [100, 500, 1_000, 2_000, 5_000, 10_000] as const

/** One process of the stack: started, watched, started again when it fails, ended on our word. */
export class Child {
  state: ChildState = 'starting'
  /** Failures since it was last ready for a while. */
  failures = 0
  /** How often it was started again, ever. */
  restarts = 0
  #process: ChildProcess | null = null
  #timer: NodeJS.Timeout | null = null
  #readyAtMs = 0
  #waiting: { resolve: (line: ReadyLine | null) => void; failuresMax: number }[] = []
  #line: ReadyLine = { ready: true }

  constructor(readonly options: ChildOptions) {
    this.#start()
  }

  get pid(): number | null {
    return this.#process?.pid ?? null
  }

  /** Resolves when it is ready; with null when it failed `failuresMax` times on the way, or was ended. */
  ready(failuresMax = Number.POSITIVE_INFINITY): Promise<ReadyLine | null> {
    if (this.state === 'ready') return Promise.resolve(this.#line)
    if (this.state === 'ended' || this.failures >= failuresMax) return Promise.resolve(null)
    return new Promise((resolve) => this.#waiting.push({ resolve, failuresMax }))
  }

  /** Asks it to end, and after `patienceMs` ends it. Resolves when it is gone. */
  async end(patienceMs: number): Promise<void> {
    this.state = 'ended'
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#settle(null, 0)
    const child = this.#process
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    if (child.connected) child.send('end', () => {})
    else child.kill('SIGTERM')
    const cutOff = setTimeout(() => child.kill('SIGKILL'), patienceMs)
    await gone
    clearTimeout(cutOff)
  }

  #start(): void {
    const { name, arguments: words, environment, log, onProgress, runtimeFlags = [] } = this.options
    const child = fork(launcherPath(), words, {
      env: { ...process.env, ...environment, [childVariable]: name },
      execArgv: [...runtimeFlags],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'json',
    })
    this.#process = child
    child.on('message', (message: ChildMessage) => {
      if (message.kind === 'progress') onProgress?.(message.progress)
      else if (message.kind === 'ready' && this.state !== 'ended') {
        this.state = 'ready'
        this.#readyAtMs = Date.now()
        this.#line = message.line
        this.#settle(message.line, 0)
      }
    })
    child.on('error', (error) => log(`${name} could not be started: ${error.message}`))
    child.on('exit', (code, signal) => {
      if (this.state === 'ended') return
      if (this.state === 'ready' && Date.now() - this.#readyAtMs > (this.options.calmMs ?? 30_000)) this.failures = 0
      const waitMs = backoffMs[Math.min(this.failures, backoffMs.length - 1)]!
      this.failures++
      this.restarts++
      this.state = 'restarting'
      log(`${name} ended (${signal ?? `exit status ${code}`}); starting it again in ${waitMs / 1000} s`)
      this.#settle(null, this.failures)
      this.#timer = setTimeout(() => this.#start(), waitMs)
    })
  }

  /** Tells those who wait: a line to all, else null to those whose patience is over. */
  #settle(line: ReadyLine | null, failures: number): void {
    const done = this.#waiting.filter(
      ({ failuresMax }) => line !== null || this.state === 'ended' || failures >= failuresMax,
    )
    this.#waiting = this.#waiting.filter((waiter) => !done.includes(waiter))
    for (const { resolve } of done) resolve(line)
  }
}
