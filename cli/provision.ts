import { UsageError } from '../lib/errors.ts'
import { bucketNames } from '../lib/schema/buckets.ts'
import type { SettingValues } from '../lib/settings.ts'
import type { Call } from './command.ts'
import { findServer } from './server.ts'
import { checkStore } from './up/check-store.ts'
import { makeBuckets } from './up/make-buckets.ts'

/** `plantwatch provision`: what a store must hold before ingestor and analytics work with it. Twice does no harm. */
export async function run({ values, json }: Call): Promise<void> {
  const { influxOrg: org, influxBucket: bucket } = values
  const { url, token, tokenSetting } = await storeOf(values)
  const made = await makeBuckets({ url, token, org, bucket }, tokenSetting)
  const present = Object.values(bucketNames(bucket)).filter((name) => !made.includes(name))
  if (json) console.log(JSON.stringify({ url, org, made, present }))
  else {
    if (present.length > 0) console.log(`there already in ${url}: ${present.join(', ')}`)
    if (made.length > 0) console.log(`made in ${url}: ${made.join(', ')}`)
  }
}

/** The InfluxDB at INFLUX_URL; without one, the running plantwatch, whose gateway passes on to its store. @throws UsageError */
async function storeOf(values: SettingValues) {
  const { influxUrl: url, influxToken: token } = values
  if (url === null) {
    const server = await findServer(values).catch((error: unknown) => {
      if (!(error instanceof UsageError)) throw error
      throw new UsageError(`${error.message}; for an InfluxDB set INFLUX_URL and INFLUX_TOKEN`)
    })
    return { ...server, tokenSetting: 'PLANTWATCH_TOKEN' } as const
  }
  if (token === null) throw new UsageError('INFLUX_URL is set, so INFLUX_TOKEN is needed: one that may make buckets')
  await checkStore(url, token)
  return { url, token, tokenSetting: 'INFLUX_TOKEN' } as const
}
