import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach } from 'vitest'
import { defaultLimits, type Ingestor, type IngestorLimits, startIngestor } from '../../ingestor/service.ts'
import { type Fault, type FaultProxy, type SeenRequest, startFaultProxy } from './fault-proxy.ts'
import { temporaryFolder } from './temporary-folder.ts'

const committed: Fault = { kind: 'answer', status: 204 }
export const jsonAnswer = (status: number, body: object): Fault => ({
  kind: 'answer',
  status,
  body: JSON.stringify(body),
})

/** What a store answers that takes everything and knows the bucket `other`. */
export const asStore = (request: SeenRequest): Fault => {
  const url = new URL(request.path, 'http://store')
  if (url.pathname === '/api/v2/buckets') {
    const known = url.searchParams.get('name') === 'other' || url.searchParams.get('id') === '0123456789abcdef'
    return jsonAnswer(200, { buckets: known ? [{ name: 'other' }] : [] })
  }
  if (url.pathname === '/api/v2/orgs')
    return jsonAnswer(200, { orgs: [{ id: 'fedcba9876543210', name: 'plantwatch' }] })
  return committed
}

/** An ingestor in front of a store that answers as a test wants, and keeps what it was sent. */
export class IngestorBeforeStore {
  store!: FaultProxy
  ingestor!: Ingestor
  folder!: string

  /** @param dataDir of an earlier start, to go on with */
  async start(limits: Partial<IngestorLimits> = {}, dataDir?: string): Promise<void> {
    this.folder = dataDir ?? (await temporaryFolder())
    this.ingestor = await startIngestor({
      host: '127.0.0.1',
      port: 0,
      dataDir: this.folder,
      influx: { url: this.store.url, token: 'store-token', org: 'plantwatch', bucket: 'plant_raw' },
      operatorToken: 'operator',
      limits: { ...defaultLimits, reportEveryMs: 0, ...limits },
      segmentBytes: 4 << 20,
      lateMarksEveryMs: 3_600_000,
      log: () => {},
    })
  }

  async startStore(): Promise<void> {
    this.store = await startFaultProxy('http://127.0.0.1:9')
    this.store.decide = asStore
  }

  async close(): Promise<void> {
    await this.ingestor.close()
    await this.store.close()
  }

  write(
    body: string | Uint8Array<ArrayBuffer>,
    query = 'org=plantwatch&bucket=plant_raw',
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(`${this.ingestor.url}/api/v2/write?${query}`, {
      method: 'POST',
      body,
      headers: { Authorization: 'Token operator', ...headers },
    })
  }

  /** Writes that came to the store. */
  writes(): readonly SeenRequest[] {
    return this.store.seen.filter(({ path }) => path.startsWith('/api/v2/write'))
  }

  /** Lines that were sent to the store, once there are so many of them. */
  async delivered(lines: number): Promise<string> {
    for (let waited = 0; ; waited += 10) {
      const text = this.writes()
        .map(({ body }) => gunzipSync(body).toString())
        .join('')
      if (new Set(text.split('\n')).size > lines) return text
      if (waited > 10_000) throw new Error(`only this came to the store:\n${text}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  async api(
    path: string,
    method = 'GET',
    body?: object,
    token = 'operator',
  ): Promise<{ readonly status: number; readonly body: never }> {
    const response = await fetch(this.ingestor.url + path, {
      method,
      headers: { Authorization: `Token ${token}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as never }
  }
}

/** A fresh one for each test of a file. */
export function ingestorBeforeStore(): IngestorBeforeStore {
  const one = new IngestorBeforeStore()
  beforeEach(async () => {
    await one.startStore()
    await one.start()
  })
  afterEach(() => one.close())
  return one
}

/** What a refusal says: status, code and sentence. */
export const errorOf = async (response: Response): Promise<unknown[]> => [
  response.status,
  response.headers.get('X-Platform-Error-Code'),
  ((await response.json()) as { message: string }).message,
]
