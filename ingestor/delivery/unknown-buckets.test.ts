import { expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../lib/clock.ts'
import { InfluxRequests } from '../../lib/http/influx-request.ts'
import { startFaultProxy } from '../../test/support/fault-proxy.ts'
import { startTestStore } from '../../test/support/store.ts'
import { Destinations } from '../destination.ts'
import { tellUnknownBuckets } from './unknown-buckets.ts'

it('names the buckets that the store does not have, once, as soon as it can be asked', async () => {
  const org = 'plantwatch'
  const store = await startTestStore({ bootstrap: { org, bucket: 'plant_raw', token: 'store-token' } })
  onTestFinished(() => store.close())
  const proxy = await startFaultProxy(store.url)
  onTestFinished(() => proxy.close())
  proxy.decide = () => ({ kind: 'reset' })
  const requests = new InfluxRequests({ url: proxy.url, token: 'store-token' }, 5_000)
  onTestFinished(() => requests.close())
  const destinations = new Destinations({ org, alwaysKnown: ['plant_derived'], store: requests })
  const said: string[] = []
  const stopped = new AbortController()
  const telling = tellUnknownBuckets({
    names: ['plant_raw', 'plant_derived', 'vibraton'],
    destinations,
    clock: systemClock,
    say: (line) => said.push(line),
    signal: stopped.signal,
    everyMs: 20,
  })
  while (proxy.seen.length < 4) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(said).toEqual([])
  proxy.decide = () => ({ kind: 'pass' })
  await telling
  expect(said).toEqual([
    expect.stringMatching(/^log_drop_oldest names the bucket "vibraton", which the store does not have/),
  ])
})
