import { formatInstant } from '../../lib/time/instant.ts'
import { json, noContent, type Parts } from './parts.ts'

export const health = ({ version }: Parts): Response =>
  json({
    name: 'influxdb',
    message: 'ready for queries and writes',
    status: 'pass',
    checks: [],
    version,
    commit: 'embedded',
  })

export const ready = ({ startedMs }: Parts): Response =>
  json({
    status: 'ready',
    started: formatInstant(BigInt(startedMs) * 1_000_000n),
    up: `${((Date.now() - startedMs) / 1000).toFixed(3)}s`,
  })

export const ping = (): Response => noContent()

/** Where things are, as far as they are there. */
export const directory = (): Response =>
  json({
    authorizations: '/api/v2/authorizations',
    buckets: '/api/v2/buckets',
    delete: '/api/v2/delete',
    me: '/api/v2/me',
    orgs: '/api/v2/orgs',
    query: { analyze: '/api/v2/query/analyze', self: '/api/v2/query' },
    setup: '/api/v2/setup',
    system: { health: '/health', metrics: '/metrics' },
    users: '/api/v2/users',
    write: '/api/v2/write',
  })

/** Prometheus text: what the store does and what it costs. */
export function metrics({ engine, metadata, pool, startedMs, version }: Parts): Response {
  const { rss, heapUsed } = process.memoryUsage()
  const lines = [
    gauge('influxdb_info', 'Version of the server.', 1, `{version="${version}"}`),
    gauge('influxdb_uptime_seconds', 'Seconds since the start.', (Date.now() - startedMs) / 1000),
    gauge('influxdb_buckets_total', 'Buckets.', metadata.all('bucket').length),
    gauge('plantwatch_store_series', 'Series of all buckets.', engine.catalogue.size),
    gauge('plantwatch_store_queries_running', 'Queries that run.', pool.running),
    gauge('plantwatch_store_queries_waiting', 'Queries that wait for a thread.', pool.waiting),
    gauge('process_resident_memory_bytes', 'Resident memory.', rss),
    gauge('nodejs_heap_used_bytes', 'Used heap of the main thread.', heapUsed),
  ]
  return new Response(lines.join(''), { headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' } })
}

const gauge = (name: string, help: string, value: number, labels = ''): string =>
  `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name}${labels} ${value}\n`
