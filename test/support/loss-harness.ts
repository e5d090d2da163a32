import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startStore } from '../../store/service.ts'
import { startFaultProxy } from './fault-proxy.ts'
import { randomFrom } from './kill-harness.ts'
import { type StartedService, startService } from './service.ts'
import { settled } from './stack.ts'

export interface LossOptions {
  readonly kills: number
  readonly seed: number
  readonly folder: string
  readonly log?: (line: string) => void
}

export interface LossResult {
  readonly kills: number
  /** Of them while the database was away. */
  readonly killsWithoutStore: number
  /** Lines of which a 204 came back. */
  readonly acknowledged: number
  /** Points in the store afterwards. */
  readonly stored: number
  /** Acknowledged, but not there, or with another value. */
  readonly missing: readonly string[]
  /** There twice: a line without a time that was stamped anew. */
  readonly doubled: readonly string[]
  /** There, but never sent. */
  readonly phantoms: readonly string[]
}

const senders = 6
const token = 'soak-operator-token'

/**
 * Kills the ingestor with SIGKILL at random moments under load, with a real store behind a proxy that goes away and comes back, then
 * counts. Lines with and without a time; each has an id as its tag and as its value.
 */
export async function lossSoak({ kills, seed, folder, log = () => {} }: LossOptions): Promise<LossResult> {
  const random = randomFrom(seed)
  const store = await startStore({
    host: '127.0.0.1',
    port: 0,
    dataDir: join(folder, 'store'),
    bootstrap: { org: 'soak', bucket: 'plant_raw', token: 'soak-store-token' },
    log: () => {},
  })
  const proxy = await startFaultProxy(store.url)
  let storeIsUp = true
  proxy.decide = () => (storeIsUp ? { kind: 'pass' } : { kind: 'reset' })
  const ingest = (): Promise<StartedService> =>
    startService(
      ['ingestor', '--port', '0', '--data', join(folder, 'ingestor'), '--series-per-token-max', '100000000'],
      {
        INFLUX_URL: proxy.url,
        INFLUX_TOKEN: 'soak-store-token',
        INFLUX_ORG: 'soak',
        PLANTWATCH_TOKEN: token,
      },
    )
  const acknowledged = new Set<number>()
  /** Every id below has been sent. */
  let next = 0
  let ingestor = await ingest()
  let ending = false
  const send = async (): Promise<void> => {
    const ids = Array.from({ length: 1 + Math.floor(random() * 200) }, () => next++)
    const lines = ids.map((id) => `soak,id=${id} v=${id}i${id % 3 === 0 ? '' : ` ${1_700_000_000_000 + id}`}`)
    const response = await fetch(`${ingestor.line.ingestor!.url}/api/v2/write?org=soak&bucket=plant_raw&precision=ms`, {
      method: 'POST',
      body: lines.join('\n'),
      headers: { Authorization: `Token ${token}` },
      signal: AbortSignal.timeout(20_000),
    }).catch(() => null)
    if (response?.status === 204) for (const id of ids) acknowledged.add(id)
    else if (response !== null && response.status < 500) throw new Error(`${response.status} ${await response.text()}`)
    else await sleep(50)
    await response?.arrayBuffer().catch(() => {})
  }
  let failure: unknown = null
  const load = Array.from({ length: senders }, async () => {
    while (!ending) await send()
  }).map((one) =>
    one.catch((error: unknown) => {
      failure ??= error
    }),
  )
  let killsWithoutStore = 0
  try {
    for (let kill = 0; kill < kills; kill++) {
      storeIsUp = random() < 0.5
      await sleep(random() * 250)
      if (failure !== null) throw failure
      const gone = ingestor.end('SIGKILL')
      await gone
      if (!storeIsUp) killsWithoutStore++
      ingestor = await ingest()
      if ((kill + 1) % 50 === 0 || kill + 1 === kills)
        log(`${kill + 1} kills, ${acknowledged.size} lines acknowledged of ${next} sent`)
    }
    ending = true
    storeIsUp = true
    await Promise.all(load)
    await settled({ url: ingestor.line.ingestor!.url, token })
    const points = await storedIds(store.url)
    const missing = [...acknowledged].filter((id) => !points.has(String(id))).map(String)
    const doubled = [...points].filter(([, count]) => count > 1).map(([id]) => id)
    const phantoms = [...points.keys()].filter((id) => !/^\d+$/.test(id) || Number(id) >= next)
    return {
      kills,
      killsWithoutStore,
      acknowledged: acknowledged.size,
      stored: points.size,
      missing,
      doubled,
      phantoms,
    }
  } finally {
    ending = true
    await ingestor.end('SIGKILL')
    await Promise.all(load)
    await proxy.close()
    await store.close()
  }
}

/** Ids in the store, each with how many points it has; one whose value is another counts as a phantom. */
async function storedIds(url: string): Promise<Map<string, number>> {
  const response = await fetch(`${url}/api/v2/query?org=soak`, {
    method: 'POST',
    headers: { Authorization: 'Token soak-store-token', 'Content-Type': 'application/vnd.flux' },
    body: 'from(bucket: "plant_raw") |> range(start: 2000-01-01T00:00:00Z) |> group() |> keep(columns: ["id", "_value"])',
  })
  const text = await response.text()
  if (response.status !== 200) throw new Error(text)
  const [header, ...rows] = text.trim().split('\r\n')
  const columns = header!.split(',')
  const counts = new Map<string, number>()
  for (const row of rows) {
    const cells = row.split(',')
    const id = cells[columns.indexOf('id')]!
    const value = cells[columns.indexOf('_value')]!
    const key = id === value ? id : `${id} with the value ${value}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}
