import { type InfluxAt, InfluxRequests } from '../../lib/http/influx-request.ts'
import { InfluxClient } from '../../lib/influx/client.ts'
import { Canary } from './canary.ts'
import { whyNotReport } from './may-report.ts'
import { Reporter, type ReporterOptions } from './reporter.ts'

/** A store that takes longer is looked for again at the next report. */
const patienceMs = 10_000

/** Starts the ingestor's reports about itself, over connections of their own. */
export function startReports(options: Omit<ReporterOptions, 'canary' | 'whyNot'> & { readonly influx: InfluxAt }): {
  readonly canary: Canary
  readonly stop: () => Promise<void>
} {
  const { influx, bucket, clock } = options
  const client = new InfluxClient(influx, patienceMs)
  const requests = new InfluxRequests(influx, patienceMs, 1)
  const canary = new Canary(client, bucket, clock)
  const whyNot = (): Promise<string | null> => whyNotReport(requests, influx.org, bucket)
  const reporter = new Reporter({ ...options, canary, whyNot })
  reporter.start()
  return {
    canary,
    async stop() {
      const stopping = reporter.stop()
      // What the store is being asked just now nobody needs any more.
      client.close()
      requests.close()
      await stopping
    },
  }
}
