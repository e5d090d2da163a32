import { join } from 'node:path'
import { limitsOf, startIngestor } from '../ingestor/service.ts'
import { UsageError } from '../lib/errors.ts'
import { runUntilSignal } from '../lib/process/run-until-signal.ts'
import { operatorToken } from '../lib/secrets/operator-token.ts'
import type { Call } from './command.ts'
import { readPlantFile } from './plant-file.ts'
import { announce } from './ready-line.ts'
import { version } from './version.ts'

/** `plantwatch ingestor`. */
export async function run({ values, json }: Call): Promise<void> {
  if (values.influxUrl === null || values.influxToken === null)
    throw new UsageError('the ingestor needs to know its store: set INFLUX_URL and INFLUX_TOKEN')
  const token = await operatorToken(values.data, values.token ?? undefined)
  const starting = startIngestor({
    host: values.host,
    port: values.ingestorPort,
    dataDir: join(values.data, 'ingestor'),
    influx: { url: values.influxUrl, token: values.influxToken, org: values.influxOrg, bucket: values.influxBucket },
    operatorToken: token,
    plant: values.plant === null ? null : await readPlantFile(values.plant),
    limits: limitsOf(values),
    pseudonymiseOperators: values.pseudonymiseOperators,
    version: version(),
  })
  runUntilSignal(async () => (await starting).close())
  const { url } = await starting
  announce({ ready: true, ingestor: { url, token } }, json, `ingestor ready on ${url}, delivers to ${values.influxUrl}`)
}
