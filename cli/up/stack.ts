import { join } from 'node:path'
import { runtimeEnvironment, runtimeFlags } from '../../ingestor/runtime-flags.ts'
import { type DataFolder, openDataFolder } from '../../lib/data-folder.ts'
import { freePorts } from '../../lib/http/free-port.ts'
import { type Listening, listen } from '../../lib/http/listen.ts'
import { defaultPlant } from '../../lib/plant/default-plant.ts'
import type { Plant } from '../../lib/plant/model.ts'
import { operatorToken, secretsFolder } from '../../lib/secrets/operator-token.ts'
import { forgetGateway, rememberGateway } from '../../lib/secrets/running-gateway.ts'
import { demoPlantName, readPlantFile } from '../plant-file.ts'
import type { Progress } from '../ready-line.ts'
import { version } from '../version.ts'
import { BoardHost } from './board-host.ts'
import { checkStore } from './check-store.ts'
import { Child } from './child.ts'
import { createGateway, type GatewayPart } from './gateway.ts'
import { askHealth, healthResponse, readyResponse } from './health.ts'
import { makeBuckets, type StoreAt } from './make-buckets.ts'
import { resetFolder } from './reset.ts'
import { Sessions } from './session.ts'

export interface StackOptions {
  readonly host: string
  /** Of the gateway; 0 takes a free one. */
  readonly port: number
  /** The folder of this stack: with the demo plant its own. */
  readonly dataDir: string
  readonly reset: boolean
  readonly demo: boolean
  readonly plantFile: string | null
  /** An InfluxDB of the user's; null starts the embedded store. */
  readonly influx: { readonly url: string; readonly token: string } | null
  readonly org: string
  readonly bucket: string
  /** The operator's token where it comes from outside. */
  readonly givenToken: string | null
  readonly simulator: { readonly seed: number; readonly historyDays: number; readonly liveEveryMs: number }
  readonly log: (line: string) => void
  readonly onProgress: (progress: Progress) => void
}

/** What is known once the stack is ready. */
export interface StackFacts {
  readonly gatewayUrl: string
  readonly store: StoreAt
  readonly ingestorUrl: string
  readonly analyticsUrl: string
  readonly operatorToken: string
  /** Signs one browser in. */
  readonly boardLink: string
}

/** A part that never gets ready after this many failures stops the start: the reason stands above in the terminal. */
const startFailuresMax = 4

/** All services of one machine: a process for each, supervised, behind one gateway. Built once, started once, closed once. */
export class Stack {
  readonly #children = new Map<string, Child>()
  readonly #startedMs = Date.now()
  #folder: DataFolder | null = null
  #listening: Listening | null = null
  #board: BoardHost | null = null
  #progress: Progress = { phase: 'starting', done: 0, total: 0, message: 'starting' }
  #waitsFor = new Set<string>(['store', 'ingestor', 'analytics'])
  #closing = false
  #plant: Plant | null = null

  constructor(readonly options: StackOptions) {}

  /** @throws Error that says which part did not start; close() is still to be called */
  async start(): Promise<StackFacts> {
    const { options } = this
    // A mistake in the plant model is told now, not by a child in the middle of its start.
    if (options.plantFile !== null) this.#plant = await readPlantFile(options.plantFile)
    else if (options.demo) this.#plant = defaultPlant()
    if (options.influx !== null) await checkStore(options.influx.url, options.influx.token)
    this.#folder = await openDataFolder(options.dataDir, { part: 'plantwatch', format: 1 })
    if (options.reset) await resetFolder(options.dataDir)
    const token = await operatorToken(options.dataDir, options.givenToken ?? undefined)
    const [storePort, ingestorPort, analyticsPort] = (await freePorts(3)) as [number, number, number]
    const store: StoreAt = {
      url: options.influx?.url ?? `http://127.0.0.1:${storePort}`,
      token: options.influx?.token ?? token,
      org: options.org,
      bucket: options.bucket,
    }
    const ingestorUrl = `http://127.0.0.1:${ingestorPort}`
    const analyticsUrl = `http://127.0.0.1:${analyticsPort}`
    const sessions = await Sessions.open(token, join(secretsFolder(options.dataDir), 'sessions.json'))
    this.#board = new BoardHost({ store, demo: options.demo, plantFile: options.plantFile, log: options.log })
    await this.#listen(
      sessions,
      {
        store: {
          url: new URL(store.url),
          checks: 'sender',
          ...(options.influx === null ? {} : { token: store.token }),
        },
        ingestor: { url: new URL(ingestorUrl), checks: 'sender', token },
        analytics: { url: new URL(analyticsUrl), checks: 'gateway', token },
      },
      token,
    )
    const gatewayUrl = this.#listening!.url
    await rememberGateway(options.dataDir, { url: gatewayUrl, pid: process.pid })
    this.#startServices(store, token, { storePort, ingestorPort, analyticsPort })
    this.#board.start()
    await Promise.all([
      this.#ready('store').then(() => this.#fill(store, gatewayUrl, token)),
      this.#ready('ingestor'),
      this.#ready('analytics'),
    ])
    return {
      gatewayUrl,
      store,
      ingestorUrl,
      analyticsUrl,
      operatorToken: token,
      boardLink: `${gatewayUrl}/sign-in?key=${sessions.newKey()}`,
    }
  }

  /** Ends everything in the order of a reading's way, so that nothing is sent to a part that is gone; within 9 s in all. */
  async close(): Promise<void> {
    if (this.#closing) return
    this.#closing = true
    const end = async (name: string, patienceMs: number): Promise<void> => this.#children.get(name)?.end(patienceMs)
    const listening = this.#listening
    await Promise.all([end('simulator', 1_500), end('analytics', 2_000), this.#board?.close()])
    await Promise.all([end('ingestor', 2_000), listening?.close(500)])
    await end('store', 4_500)
    if (this.#folder !== null) {
      await forgetGateway(this.options.dataDir)
      await this.#folder.release()
    }
  }

  async #listen(
    sessions: Sessions,
    parts: Record<'store' | 'ingestor' | 'analytics', GatewayPart>,
    operator: string,
  ): Promise<void> {
    const { host, port, log } = this.options
    const askAll = (): Promise<Response> =>
      Promise.all(Object.entries(parts).map(([name, { url }]) => askHealth(name, new URL('/health', url).href))).then(
        (checks) => healthResponse(checks, version()),
      )
    const gateway = createGateway({
      parts,
      settle: () => settleIngestor(parts.ingestor.url, operator),
      sessions,
      health: askAll,
      ready: async () => readyResponse(this.#startedMs, [...this.#waitsFor]),
      progress: () => this.#progress,
      plant: this.#plant,
      board: () => this.#board?.page ?? null,
      log,
    })
    this.#listening = await listen(gateway, { host, port, what: 'gateway' })
  }

  #startServices(
    store: StoreAt,
    token: string,
    ports: { storePort: number; ingestorPort: number; analyticsPort: number },
  ): void {
    const { dataDir, demo } = this.options
    // The demo's readings are held to their plausible ranges, too, and what runs is told with its site and line.
    const plantFile = this.options.plantFile ?? (demo ? demoPlantName : null)
    const environment = {
      INFLUX_URL: store.url,
      INFLUX_TOKEN: store.token,
      INFLUX_ORG: store.org,
      INFLUX_BUCKET: store.bucket,
      PLANTWATCH_TOKEN: token,
    }
    const common = ['--host', '127.0.0.1', '--data', dataDir]
    const plant = plantFile === null ? [] : ['--plant', plantFile]
    if (this.options.influx === null) this.#child('store', ['--port', String(ports.storePort), ...common], environment)
    this.#child('ingestor', ['--port', String(ports.ingestorPort), ...common, ...plant], environment)
    this.#child('analytics', ['--port', String(ports.analyticsPort), ...common, ...plant], environment)
  }

  /** Makes the buckets, then lets the demo plant send: like any device by the one address, which also answers its queries. */
  async #fill(store: StoreAt, gatewayUrl: string, token: string): Promise<void> {
    const made = await makeBuckets(store)
    if (made.length > 0 && this.options.influx !== null) this.options.log(`made in ${store.url}: ${made.join(', ')}`)
    if (!this.options.demo) {
      this.#progress = { phase: 'live', done: 1, total: 1, message: 'no demo plant' }
      return
    }
    await this.#ready('ingestor')
    const { seed, historyDays, liveEveryMs } = this.options.simulator
    this.#child(
      'simulator',
      [
        '--url',
        gatewayUrl,
        '--seed',
        String(seed),
        '--history-days',
        String(historyDays),
        '--live-every-ms',
        String(liveEveryMs),
        ...(this.options.plantFile === null ? [] : ['--plant', this.options.plantFile]),
      ],
      { PLANTWATCH_TOKEN: token, INFLUX_ORG: store.org, INFLUX_BUCKET: store.bucket },
      'simulate',
    )
  }

  #child(name: string, words: readonly string[], environment: Record<string, string>, command = name): void {
    if (this.#closing) return
    const { log } = this.options
    const onProgress = (progress: Progress): void => {
      this.#progress = progress
      this.options.onProgress(progress)
    }
    this.#children.set(
      name,
      new Child({
        name,
        arguments: [command, ...words],
        environment: command === 'ingestor' ? { ...ownEnvironment(), ...environment } : environment,
        log,
        onProgress,
        ...(command === 'ingestor' ? { runtimeFlags: runtimeFlags() } : {}),
      }),
    )
  }

  async #ready(name: string): Promise<void> {
    const child = this.#children.get(name)
    if (child !== undefined && (await child.ready(startFailuresMax)) === null && !this.#closing)
      throw new Error(`the ${name} does not start; what it says stands above`)
    this.#waitsFor.delete(name)
  }
}

/** What the ingestor's process gets that the user has not set. */
const ownEnvironment = (): Record<string, string> =>
  Object.fromEntries(Object.entries(runtimeEnvironment).filter(([name]) => process.env[name] === undefined))

/** @returns why the store has not yet all that the ingestor acknowledged, or null */
async function settleIngestor(url: URL, operator: string): Promise<string | null> {
  try {
    const response = await fetch(new URL('/api/v1/settle', url), {
      method: 'POST',
      headers: { Authorization: `Token ${operator}` },
      signal: AbortSignal.timeout(30_000),
    })
    if (response.status === 204) return null
    return ((await response.json()) as { message?: string }).message ?? `the ingestor answered ${response.status}`
  } catch {
    return 'the ingestor does not answer, and may hold points that belong before the delete; try again'
  }
}
