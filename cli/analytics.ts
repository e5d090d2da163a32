import { join } from 'node:path'
import { startAnalytics } from '../analytics/service.ts'
import { UsageError } from '../lib/errors.ts'
import { runUntilSignal } from '../lib/process/run-until-signal.ts'
import type { Call } from './command.ts'
import { readPlantFile } from './plant-file.ts'
import { announce } from './ready-line.ts'

/** `plantwatch analytics`. */
export async function run({ values, json }: Call): Promise<void> {
  if (values.influxUrl === null || values.influxToken === null)
    throw new UsageError('the analytics service needs to know its store: set INFLUX_URL and INFLUX_TOKEN')
  const plant = values.plant === null ? {} : { plant: await readPlantFile(values.plant) }
  const starting = startAnalytics({
    host: values.host,
    port: values.analyticsPort,
    dataDir: join(values.data, 'analytics'),
    influx: { url: values.influxUrl, token: values.influxToken, org: values.influxOrg, bucket: values.influxBucket },
    ...(values.token === null ? {} : { operatorToken: values.token }),
    ...plant,
  })
  runUntilSignal(async () => (await starting).close())
  const { url } = await starting
  announce({ ready: true, analytics: { url } }, json, `analytics ready on ${url}, reads ${values.influxUrl}`)
}
