import { getRequestListener } from '@hono/node-server'
import { type Clock, systemClock } from '../lib/clock.ts'
import { openDataFolder } from '../lib/data-folder.ts'
import type { InfluxAt } from '../lib/http/influx-request.ts'
import { listen } from '../lib/http/listen.ts'
import { InfluxClient } from '../lib/influx/client.ts'
import type { Plant } from '../lib/plant/model.ts'
import { bucketNames } from '../lib/schema/buckets.ts'
import { jobs } from './jobs/index.ts'
import { createRoutes } from './routes.ts'
import { JobRunner } from './runner.ts'
import { type Scheduler, startScheduler } from './scheduler.ts'
import { Watermarks } from './watermark.ts'

export interface AnalyticsOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** The analytics' own folder. */
  readonly dataDir: string
  /** The store that jobs read and write. */
  readonly influx: InfluxAt
  /** What no program can guess about the plant; no job of this version needs it. */
  readonly plant?: Plant
  /** May ask for runs, as the store's own token may. */
  readonly operatorToken?: string
  /** False: jobs run only when somebody asks. */
  readonly scheduled?: boolean
  readonly clock?: Clock
  readonly version?: string
  readonly log?: (line: string) => void
}

export interface Analytics {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

/** Starts the analytics; they start, and answer, whether or not their store was ever reached: jobs wait for it and say so. */
export async function startAnalytics(options: AnalyticsOptions): Promise<Analytics> {
  const { influx, operatorToken, clock = systemClock, version = 'unknown', log = console.error } = options
  const folder = await openDataFolder(options.dataDir, { part: 'analytics', format: 1 })
  const client = new InfluxClient(influx)
  const opened: (() => Promise<void> | void)[] = [() => folder.release(), () => client.close()]
  const undo = async (): Promise<void> => {
    for (const close of opened.splice(0).reverse()) await close()
  }
  try {
    const watermarks = await Watermarks.load(folder.path)
    const input = { influx: client, buckets: bucketNames(influx.bucket), clock, watermarks, log }
    const runners = jobs.map((job) => new JobRunner(job, input))
    const tokens = [influx.token, ...(operatorToken === undefined ? [] : [operatorToken])]
    const app = createRoutes({ runners, tokens, startedMs: Date.now(), version, log })
    const listening = await listen(getRequestListener(app.fetch), {
      host: options.host,
      port: options.port,
      what: 'analytics service',
    })
    opened.push(() => listening.close(500))
    const scheduler = options.scheduled === false ? onDemand(runners) : startScheduler(runners)
    opened.push(async () => {
      // A store that is slow, or gone, must not hold the end up: what it was asked is cut off.
      const cutOff = setTimeout(() => client.close(), 1_000)
      await scheduler.close()
      clearTimeout(cutOff)
    })
    return { url: listening.url, port: listening.port, close: undo }
  } catch (error) {
    await undo()
    throw error
  }
}

const onDemand = (runners: readonly JobRunner[]): Scheduler => ({
  async close() {
    await Promise.all(runners.map((runner) => runner.close()))
  },
})
