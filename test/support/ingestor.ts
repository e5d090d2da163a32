import { join } from 'node:path'
import { defaultLimits, type Ingestor, type IngestorOptions, startIngestor } from '../../ingestor/service.ts'
import type { Store } from '../../store/service.ts'
import { settled } from './stack.ts'
import { startTestStore } from './store.ts'
import { makeTemporaryFolder, removeFolder } from './temporary-folder.ts'

export const operator = 'test-operator-token'
const storeToken = 'test-store-token'

/** A real ingestor that delivers to a real embedded store, both in this process. */
export interface StartedPair {
  readonly store: Store
  readonly url: string
  /** Stops the ingestor alone; `start` brings it back, on the same port and data. */
  stop(): Promise<void>
  start(): Promise<void>
  write(body: string | Uint8Array<ArrayBuffer>, query?: string, headers?: Record<string, string>): Promise<Response>
  api(path: string, method: string, body: object, token?: string): Promise<Response>
  /** What Flux answers once everything is delivered, as rows of cells by column. */
  query(flux: string): Promise<readonly Readonly<Record<string, string>>[]>
  /** Makes a bucket in the store. */
  bucket(name: string): Promise<void>
  close(): Promise<void>
}

export async function startPair(options: Partial<IngestorOptions> = {}): Promise<StartedPair> {
  const folder = await makeTemporaryFolder()
  const store = await startTestStore({
    bootstrap: { org: 'plantwatch', bucket: 'plant_raw', token: storeToken },
    log: () => {},
  })
  let ingestor: Ingestor | null = null
  let port = 0
  const start = async (): Promise<void> => {
    ingestor = await startIngestor({
      host: '127.0.0.1',
      port,
      dataDir: join(folder, 'ingestor'),
      influx: { url: store.url, token: storeToken, org: 'plantwatch', bucket: 'plant_raw' },
      operatorToken: operator,
      limits: { ...defaultLimits, reportEveryMs: 0 },
      segmentBytes: 4 << 20,
      log: () => {},
      ...options,
    })
    port = ingestor.port
  }
  await start()
  const url = ingestor!.url
  const asStore = (path: string, init: RequestInit): Promise<Response> =>
    fetch(store.url + path, { ...init, headers: { Authorization: `Token ${storeToken}`, ...init.headers } })
  return {
    store,
    url,
    start,
    async stop() {
      await ingestor?.close()
      ingestor = null
    },
    write: (body, query = 'org=plantwatch&bucket=plant_raw', headers = {}) =>
      fetch(`${url}/api/v2/write?${query}`, {
        method: 'POST',
        body,
        headers: { Authorization: `Token ${operator}`, ...headers },
      }),
    api: (path, method, body, token = operator) =>
      fetch(url + path, {
        method,
        body: JSON.stringify(body),
        headers: { Authorization: `Token ${token}`, 'Content-Type': 'application/json' },
      }),
    async query(flux) {
      await settled({ url, token: operator })
      const response = await asStore('/api/v2/query?org=plantwatch', {
        method: 'POST',
        body: flux,
        headers: { 'Content-Type': 'application/vnd.flux', Accept: 'application/csv' },
      })
      const text = await response.text()
      if (response.status !== 200) throw new Error(text)
      const [header, ...rows] = text.trim().split('\r\n')
      const columns = header!.split(',')
      return rows.map((row) => Object.fromEntries(row.split(',').map((cell, i) => [columns[i]!, cell])))
    },
    async bucket(name) {
      const { orgs } = (await (await asStore('/api/v2/orgs', {})).json()) as { orgs: { id: string }[] }
      const made = await asStore('/api/v2/buckets', {
        method: 'POST',
        body: JSON.stringify({ orgID: orgs[0]!.id, name, retentionRules: [] }),
      })
      if (made.status !== 201) throw new Error(await made.text())
    },
    async close() {
      await ingestor?.close()
      await store.close()
      await removeFolder(folder)
    },
  }
}

/** Points of a measurement, in one group. */
export const pointsOf = (measurement: string, bucket = 'plant_raw'): string =>
  `from(bucket: "${bucket}") |> range(start: 1900-01-01T00:00:00Z, stop: 2200-01-01T00:00:00Z) |> filter(fn: (r) => r._measurement == "${measurement}") |> group()`
