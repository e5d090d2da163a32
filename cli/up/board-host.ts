import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { childVariable } from '../../lib/process/run-until-signal.ts'
import { launcherPath } from './child.ts'
import type { StoreAt } from './make-buckets.ts'

export interface BoardHostOptions {
  readonly store: StoreAt
  readonly demo: boolean
  readonly plantFile: string | null
  readonly log: (line: string) => void
}

interface Page {
  readonly fetch: (request: Request) => Response | Promise<Response>
}

/**
 * The board inside the gateway's process. Its bundle is put together by a process of its own, since that takes seconds and
 * a lot of memory once, and the gateway is to answer all the while.
 */
export class BoardHost {
  page: Page | null = null
  #builder: ChildProcess | null = null
  #closed = false

  constructor(readonly options: BoardHostOptions) {}

  start(): void {
    this.#open().catch((error: unknown) => {
      if (!this.#closed)
        this.options.log(`the board cannot be shown: ${error instanceof Error ? error.message : String(error)}`)
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#builder?.kill('SIGKILL')
  }

  async #open(): Promise<void> {
    const distDir = await this.#bundleWithPatience()
    if (this.#closed) return
    const { createBoard } = await import('../../viewer/server/board.ts')
    const { store, demo } = this.options
    this.page = createBoard({
      influx: { url: store.url, token: store.token, org: store.org, bucket: store.bucket },
      dashboardsDir: fileURLToPath(new URL('../../provisioning/dashboards', import.meta.url)),
      distDir,
      demo,
    })
  }

  /** A builder that was killed, or had too little memory for a moment, gets another try. */
  async #bundleWithPatience(): Promise<string> {
    for (const waitMs of [1_000, 5_000])
      try {
        return await this.#bundle()
      } catch (error) {
        if (this.#closed) throw error
        this.options.log(`the board: ${(error as Error).message}; trying again in ${waitMs / 1000} s`)
        await new Promise((resolve) => setTimeout(resolve, waitMs).unref())
      }
    return this.#bundle()
  }

  /** @returns the folder of the bundle */
  #bundle(): Promise<string> {
    return new Promise((resolve, reject) => {
      const builder = fork(launcherPath(), ['board', '--build-only'], {
        env: { ...process.env, [childVariable]: 'board builder' },
        execArgv: [],
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      })
      this.#builder = builder
      let distDir: string | null = null
      builder.on('message', (message: { distDir?: string }) => {
        distDir = message.distDir ?? null
      })
      builder.on('error', reject)
      builder.on('exit', (code) => {
        this.#builder = null
        if (code === 0 && distDir !== null) resolve(distDir)
        else reject(new Error('its bundle could not be made; what went wrong stands above'))
      })
    })
  }
}
