import { join } from 'node:path'
import { runUntilSignal } from '../lib/process/run-until-signal.ts'
import { startStore } from '../store/service.ts'
import type { Call } from './command.ts'
import { announce } from './ready-line.ts'

/** `plantwatch store`. */
export async function run({ values, json }: Call): Promise<void> {
  const starting = startStore({
    host: values.host,
    port: values.storePort,
    dataDir: join(values.data, 'store'),
    ...(values.influxToken === null
      ? {}
      : { bootstrap: { org: values.influxOrg, bucket: values.influxBucket, token: values.influxToken } }),
  })
  runUntilSignal(async () => (await starting).close())
  const { url } = await starting
  announce(
    { ready: true, store: { url, org: values.influxOrg, bucket: values.influxBucket, token: values.influxToken } },
    json,
    `store ready on ${url}, data in ${join(values.data, 'store')}`,
  )
}
