import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { type Clock, systemClock } from '../lib/clock.ts'
import { openDataFolder } from '../lib/data-folder.ts'
import { listen } from '../lib/http/listen.ts'
import { StoreEngine } from './engine.ts'
import { EvaluationPool, type PoolOptions } from './evaluation/pool.ts'
import { createRoutes } from './http/routes.ts'
import { limitsOf } from './metadata/buckets.ts'
import { Metadata } from './metadata/metadata.ts'
import { bootstrap } from './metadata/setup.ts'
import { noteRefusal } from './refusal-note.ts'

export interface StoreOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** The store's own folder. */
  readonly dataDir: string
  /** Makes organization, bucket and an operator's token if they are not there; without it `POST /api/v2/setup` does. */
  readonly bootstrap?: { readonly org: string; readonly bucket: string; readonly token: string }
  /** How many queries run at a time and what each may use. */
  readonly queries?: PoolOptions
  readonly clock?: Clock
  readonly log?: (line: string) => void
}

export interface Store {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

/** What clients read as the server's version: that of the InfluxDB whose API it speaks, and that it is not that one. */
export const spokenVersion = 'v2.9.1+embedded'

const bodyBytesMax = 512 * 1024 ** 2
const retentionEveryMs = 10 * 60_000

/** Starts the embedded store: InfluxDB 2's API and Flux on DuckDB, in one process. */
export async function startStore(options: StoreOptions): Promise<Store> {
  const { host, port, dataDir, clock = systemClock, log = console.error } = options
  const folder = await openDataFolder(dataDir, { part: 'store', format: 1 })
  const opened: (() => Promise<void>)[] = [() => folder.release()]
  const undo = async (): Promise<void> => {
    for (const close of opened.splice(0).reverse()) await close()
  }
  try {
    const engine = await StoreEngine.open(join(dataDir, 'points.duckdb'))
    opened.push(() => engine.close())
    const metadata = await Metadata.load(engine.database)
    if (options.bootstrap !== undefined) await bootstrap(metadata, options.bootstrap)
    const pool = new EvaluationPool(
      engine.reader,
      (bucketId, points) => writeResults(engine, metadata, clock, bucketId, points),
      options.queries,
    )
    opened.push(() => pool.close())
    const app = createRoutes({
      engine,
      metadata,
      pool,
      clock,
      startedMs: Date.now(),
      version: spokenVersion,
      bodyBytesMax,
      log,
    })
    const expire = (): Promise<void> =>
      engine
        .enforceRetention(metadata.all('bucket').map(limitsOf), clock.nowNs())
        .catch((error: unknown) => log(`retention: ${String(error)}`))
    await expire()
    const expiring = setInterval(() => void expire(), retentionEveryMs)
    opened.push(async () => clearInterval(expiring))
    const listening = await listen(withVersion(getRequestListener(app.fetch)), { host, port, what: 'store' })
    opened.push(() => listening.close(2_000))
    return { url: listening.url, port: listening.port, close: undo }
  } catch (error) {
    await undo()
    throw error
  }
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void

/** The headers of every answer, errors and streams too. */
const withVersion =
  (listener: Listener): Listener =>
  (request, response) => {
    response.setHeader('X-Influxdb-Build', 'OSS')
    response.setHeader('X-Influxdb-Version', spokenVersion)
    const { origin } = request.headers
    if (origin !== undefined && request.url?.startsWith('/api/v2') === true)
      response.setHeader('Access-Control-Allow-Origin', origin)
    listener(request, response)
  }

/** What `to` writes; what is dropped is noted like a refused request. */
async function writeResults(
  engine: StoreEngine,
  metadata: Metadata,
  clock: Clock,
  bucketId: string,
  points: Parameters<StoreEngine['writer']['writePoints']>[1],
): Promise<string | null> {
  const bucket = metadata.get('bucket', bucketId)
  if (bucket === undefined) return `bucket ${bucketId} is gone`
  const nowNs = clock.nowNs()
  const { reason } = await engine.writer.writePoints(limitsOf(bucket), points, nowNs)
  if (reason !== null) await noteRefusal({ engine, metadata }, bucket.orgId, reason, nowNs)
  return reason
}
