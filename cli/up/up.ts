import { join, resolve } from 'node:path'
import { UsageError } from '../../lib/errors.ts'
import { runUntilSignal } from '../../lib/process/run-until-signal.ts'
import { secretsFolder } from '../../lib/secrets/operator-token.ts'
import type { Call } from '../command.ts'
import { progressBar } from '../progress-bar.ts'
import type { ReadyLine } from '../ready-line.ts'
import { demoFolder } from '../server.ts'
import { confirmReset, terminal } from './confirm-reset.ts'
import { Stack } from './stack.ts'
import { summary } from './summary.ts'

/** `plantwatch up`. */
export async function run({ values, origins, options, json }: Call): Promise<void> {
  if (values.influxUrl !== null && values.influxToken === null)
    throw new UsageError('INFLUX_URL is set, so INFLUX_TOKEN is needed: a token that may read, write and make buckets')
  // Made-up data never goes into somebody's database unless it is asked for.
  const demo = values.demo && (values.influxUrl === null || origins.demo !== 'fallback')
  if (values.reset && values.influxUrl !== null)
    console.error(`--reset empties the folder alone; the data in ${values.influxUrl} stays`)
  const dataDir = resolve(demo ? demoFolder(values.data) : values.data)
  if (values.reset && !demo) await confirmReset({ dataDir, yes: options['yes'] === true, ask: terminal })
  const bar = progressBar({ quiet: json })
  const startedMs = Date.now()
  let filling = false
  const stack = new Stack({
    host: values.host,
    port: values.port,
    dataDir,
    reset: values.reset,
    demo,
    plantFile: values.plant === null ? null : resolve(values.plant),
    influx: values.influxUrl === null ? null : { url: values.influxUrl, token: values.influxToken! },
    org: values.influxOrg,
    bucket: values.influxBucket,
    givenToken: values.token,
    simulator: { seed: values.seed, historyDays: values.historyDays, liveEveryMs: values.liveEveryMs },
    log: (line) => {
      bar.end()
      console.error(line)
    },
    onProgress(progress) {
      bar.show(progress)
      if (progress.phase === 'history') filling = true
      else if (filling && !json) {
        filling = false
        bar.end()
        console.log(`  The history is complete, ${Math.round((Date.now() - startedMs) / 1000)} s after the start.`)
      }
    },
  })
  runUntilSignal(async () => {
    bar.end()
    if (!json) console.error('ending …')
    await stack.close()
  }, 9_500)
  const facts = await stack.start().catch(async (error: unknown) => {
    await stack.close()
    throw error
  })
  const { store, ingestorUrl, gatewayUrl, analyticsUrl, boardLink, operatorToken } = facts
  const line: ReadyLine = {
    ready: true,
    store: { url: store.url, org: store.org, bucket: store.bucket, token: store.token },
    ingestor: { url: ingestorUrl, token: operatorToken },
    board: { url: boardLink },
  }
  if (json) {
    console.log(JSON.stringify(line))
    return
  }
  bar.end()
  console.log(
    summary({
      gatewayUrl,
      boardLink,
      storeUrl: store.url,
      embedded: values.influxUrl === null,
      ingestorUrl,
      analyticsUrl,
      dataDir,
      tokenFile: values.token === null ? join(secretsFolder(dataDir), 'operator-token') : null,
      demo,
      org: store.org,
      bucket: store.bucket,
      host: values.host,
    }),
  )
}
