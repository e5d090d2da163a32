import { once } from 'node:events'
import { createGzip } from 'node:zlib'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { CsvEncoder } from '../../lib/annotated-csv/encode.ts'
import { ApiError, type ErrorCode } from '../../lib/errors.ts'
import { readBody } from '../../lib/http/read-body.ts'
import { FluxError, UnsupportedError } from '../flux/errors.ts'
import { decodeQueryRequest, type QueryRequest } from '../flux/request.ts'
import type { BucketInfo } from '../flux/source.ts'
import { bucketsOf, limitsOf } from '../metadata/buckets.ts'
import type { Metadata } from '../metadata/metadata.ts'
import { allows } from '../metadata/permissions.ts'
import type { Authorization } from '../metadata/records.ts'
import { organizationOf } from './find.ts'
import { type Call, noContent, type Parts, parameters } from './parts.ts'

/** Smaller answers are not compressed, as with InfluxDB. */
const gzipBytesMin = 1_400
const csvType = 'text/csv; charset=utf-8'

/** `POST /api/v2/query`: Flux in, annotated CSV out, as it is made. */
export async function query(c: Call, parts: Parts): Promise<Response> {
  const request = await readRequest(c, parts)
  const { id: orgId } = queryOrganization(parts.metadata, parameters(c))
  const gone = new AbortController()
  const { outgoing } = c.env
  outgoing.once('close', () => gone.abort())
  const prefer = c.req.header('prefer')
  const resultless = prefer === 'return-no-content' || prefer === 'return-no-content-with-error'
  let csv: AsyncIterable<Uint8Array>
  try {
    csv = await parts.pool.query({
      script: request.script!,
      extern: request.extern,
      nowNs: request.nowNs ?? parts.clock.nowNs(),
      dialect: request.dialect,
      buckets: visibleBuckets(parts.metadata, c.get('authorization'), orgId),
      signal: gone.signal,
      resultless,
    })
  } catch (error) {
    if (!(error instanceof FluxError)) throw error
    if (prefer === 'return-no-content') return noContent()
    if (resultless) return errorTable(error.message)
    throw asApiError(error, parts)
  }
  if (resultless) {
    for await (const _ of csv);
    return prefer === 'return-no-content'
      ? noContent()
      : new Response('', { status: 200, headers: { 'Content-Type': csvType } })
  }
  await send(c, toldToTheEnd(csv, new CsvEncoder(request.dialect), parts))
  return RESPONSE_ALREADY_SENT
}

async function readRequest(c: Call, parts: Parts): Promise<QueryRequest> {
  const body = (await readBody(c.env.incoming, parts.bodyBytesMax)).toString('utf8')
  try {
    const request = decodeQueryRequest(c.req.header('content-type') ?? null, body)
    if (request.script === null) throw new UnsupportedError('a query sent as a syntax tree (ast)')
    return request
  } catch (error) {
    throw error instanceof FluxError ? asApiError(error, parts) : error
  }
}

function queryOrganization(metadata: Metadata, query: URLSearchParams): { readonly id: string } {
  try {
    return organizationOf(metadata, query)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    throw new ApiError('invalid', `failed to decode request body: ${error.message}`)
  }
}

/** The buckets a script may use: others are not there for it. */
function visibleBuckets(metadata: Metadata, authorization: Authorization, orgId: string): BucketInfo[] {
  const may = (action: 'read' | 'write', id: string): boolean =>
    allows(authorization, { action, type: 'buckets', orgId, id })
  const orgName = metadata.get('organization', orgId)?.name ?? ''
  return bucketsOf(metadata, orgId).flatMap((bucket) => {
    const readable = may('read', bucket.id)
    const writable = may('write', bucket.id)
    const { id, retentionNs } = limitsOf(bucket)
    return readable || writable ? [{ id, orgId, orgName, name: bucket.name, retentionNs, readable, writable }] : []
  })
}

const codes: Readonly<Record<FluxError['code'], ErrorCode>> = {
  invalid: 'invalid',
  'not found': 'not found',
  unimplemented: 'invalid',
  'resource exhausted': 'unavailable',
  canceled: 'invalid',
  'internal error': 'internal error',
}

function asApiError(error: FluxError, { log }: Parts): ApiError {
  if (error.code !== 'internal error') return new ApiError(codes[error.code], error.message)
  log(`query: ${error.message}`)
  return new ApiError('internal error', 'An internal error has occurred - check server logs')
}

const errorTable = (message: string): Response =>
  new Response(`,error,reference\r\n,${quoted(message)},\r\n`, { headers: { 'Content-Type': csvType } })
const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** What fails once the answer has begun ends it with an error table: a cut answer must not look whole. */
async function* toldToTheEnd(
  csv: AsyncIterable<Uint8Array>,
  encoder: CsvEncoder,
  parts: Parts,
): AsyncGenerator<Uint8Array> {
  try {
    yield* csv
  } catch (error) {
    if (!(error instanceof FluxError)) throw error
    yield encoder.error(asApiError(error, parts).message)
  }
}

/** Sends pieces at the pace the client takes them, compressed if it asked for that and there is enough of it. */
async function send(c: Call, csv: AsyncIterable<Uint8Array>): Promise<void> {
  const { outgoing } = c.env
  const mayCompress = /\bgzip\b/.test(c.req.header('accept-encoding') ?? '')
  const head: Record<string, string> = { 'Content-Type': csvType, Vary: 'Accept-Encoding' }
  const first: Uint8Array[] = []
  let bytes = 0
  let target: NodeJS.WritableStream | null = null
  const begin = (large: boolean): NodeJS.WritableStream => {
    if (!mayCompress || !large) {
      outgoing.writeHead(200, head)
      return outgoing
    }
    outgoing.writeHead(200, { ...head, 'Content-Encoding': 'gzip' })
    const gzip = createGzip({ level: 1 })
    gzip.pipe(outgoing)
    return gzip
  }
  // One listener for the whole answer, however often the client is waited for.
  const left = once(outgoing, 'close')
  const put = async (piece: Uint8Array): Promise<void> => {
    if (target!.write(piece)) return
    const gone = new AbortController()
    const drained = once(target!, 'drain', { signal: gone.signal }).catch(() => {})
    await Promise.race([drained, left])
    gone.abort()
  }
  for await (const piece of csv) {
    if (outgoing.destroyed) return
    if (target !== null) {
      await put(piece)
      continue
    }
    first.push(piece)
    bytes += piece.length
    if (bytes < gzipBytesMin) continue
    target = begin(true)
    for (const early of first) await put(early)
  }
  if (target === null) {
    target = begin(bytes >= gzipBytesMin)
    for (const early of first) await put(early)
  }
  target.end()
  if (!outgoing.writableFinished) await Promise.race([once(outgoing, 'finish'), left])
}
