import { getRequestListener } from '@hono/node-server'
import { systemClock } from '../lib/clock.ts'
import { openDataFolder } from '../lib/data-folder.ts'
import { type InfluxAt, InfluxRequests } from '../lib/http/influx-request.ts'
import { listen } from '../lib/http/listen.ts'
import { bucketNames } from '../lib/schema/buckets.ts'
import { settings } from '../lib/settings.ts'
import { operatorAccess } from './access.ts'
import { asSent } from './context/contextualise.ts'
import { Destinations } from './destination.ts'
import { createRoutes } from './routes.ts'

export interface IngestorLimits {
  readonly bodyBytesMax: number
  readonly inflatedBytesMax: number
  readonly inflatedRatioMax: number
  readonly lineErrorsMax: number
  readonly storeTimeoutMs: number
}

export const defaultLimits: IngestorLimits = {
  bodyBytesMax: settings.bodyBytesMax.fallback,
  inflatedBytesMax: settings.inflatedBytesMax.fallback,
  inflatedRatioMax: settings.inflatedRatioMax.fallback,
  lineErrorsMax: settings.lineErrorsMax.fallback,
  storeTimeoutMs: settings.storeTimeoutMs.fallback,
}

export interface IngestorOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** The ingestor's own folder. */
  readonly dataDir: string
  /** The store it delivers to. */
  readonly influx: InfluxAt
  /** Who has it may write. */
  readonly operatorToken: string
  readonly limits?: IngestorLimits
  readonly version?: string
  readonly log?: (line: string) => void
}

export interface Ingestor {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

/** Starts the ingestor; it starts, and answers, whether or not its store was ever reached. */
export async function startIngestor(options: IngestorOptions): Promise<Ingestor> {
  const { influx, limits = defaultLimits, log = console.error } = options
  const folder = await openDataFolder(options.dataDir, { part: 'ingestor', format: 1 })
  const store = new InfluxRequests(influx, limits.storeTimeoutMs)
  const app = createRoutes({
    access: operatorAccess(options.operatorToken),
    destinations: new Destinations({ org: influx.org, alwaysKnown: Object.values(bucketNames(influx.bucket)), store }),
    clock: systemClock,
    store,
    org: influx.org,
    contextualise: asSent,
    lineErrorsMax: limits.lineErrorsMax,
    limits,
    startedMs: Date.now(),
    version: options.version ?? 'unknown',
    log,
  })
  const listening = await listen(getRequestListener(app.fetch), {
    host: options.host,
    port: options.port,
    what: 'ingestor',
  }).catch(async (error: unknown) => {
    await folder.release()
    throw error
  })
  return {
    url: listening.url,
    port: listening.port,
    async close() {
      await listening.close(2_000)
      store.close()
      await folder.release()
    },
  }
}
