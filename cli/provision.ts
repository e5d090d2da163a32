import { UsageError } from '../lib/errors.ts'
import { bucketNames } from '../lib/schema/buckets.ts'
import type { Call } from './command.ts'
import { checkStore } from './up/check-store.ts'
import { makeBuckets } from './up/make-buckets.ts'

/** `plantwatch provision`: what a store must hold before ingestor and analytics work with it. Twice does no harm. */
export async function run({ values, json }: Call): Promise<void> {
  const { influxUrl: url, influxToken: token, influxOrg: org, influxBucket: bucket } = values
  if (url === null || token === null)
    throw new UsageError('provision needs to know the store: set INFLUX_URL and INFLUX_TOKEN')
  await checkStore(url, token)
  const made = await makeBuckets({ url, token, org, bucket })
  const present = Object.values(bucketNames(bucket)).filter((name) => !made.includes(name))
  if (json) console.log(JSON.stringify({ url, org, made, present }))
  else {
    if (present.length > 0) console.log(`there already in ${url}: ${present.join(', ')}`)
    if (made.length > 0) console.log(`made in ${url}: ${made.join(', ')}`)
  }
}
