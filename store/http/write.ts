import { ApiError } from '../../lib/errors.ts'
import { readBody } from '../../lib/http/read-body.ts'
import { limitsOf } from '../metadata/buckets.ts'
import { mappingFor } from '../metadata/dbrp.ts'
import { allows } from '../metadata/permissions.ts'
import type { Authorization, Bucket } from '../metadata/records.ts'
import { noteRefusal } from '../refusal-note.ts'
import { bucketOf, organizationOf } from './find.ts'
import { inflate } from './inflate.ts'
import { type Call, noContent, type Parts, parameters } from './parts.ts'

const unitNs: Readonly<Record<string, bigint>> = { ns: 1n, us: 1_000n, ms: 1_000_000n, s: 1_000_000_000n }

/** `POST /api/v2/write`: looks at precision, organization, bucket, permission, gzip and lines, in this order. */
export async function write(c: Call, parts: Parts): Promise<Response> {
  const query = parameters(c)
  const unit = unitNs[query.get('precision') || 'ns']
  if (unit === undefined)
    throw new ApiError('invalid', 'invalid precision; valid precision units are ns, us, ms, and s')
  const { id: orgId } = organizationOf(parts.metadata, query)
  const bucket = bucketOf(parts.metadata, orgId, query.get('bucket') ?? '')
  const authorization = c.get('authorization')
  demandWrite(authorization, bucket)
  return take(c, parts, bucket, unit)
}

/** `POST /write` of InfluxDB 1.x, into the bucket that stands for a database and its retention policy. */
export async function writeV1(c: Call, parts: Parts): Promise<Response> {
  const query = parameters(c)
  const authorization = c.get('authorization')
  const database = query.get('db') ?? ''
  if (database === '') throw new ApiError('invalid', 'missing db')
  const mapping = mappingFor(parts.metadata, authorization.orgId, database, query.get('rp') ?? '')
  const bucket = mapping && parts.metadata.get('bucket', mapping.bucketId)
  if (bucket === undefined || !mayWrite(authorization, bucket)) throw new ApiError('not found', 'no dbrp mapping found')
  return take(c, parts, bucket, unitNs[query.get('precision') ?? ''] ?? 1n)
}

const mayWrite = (authorization: Authorization, { orgId, id }: Bucket): boolean =>
  allows(authorization, { action: 'write', type: 'buckets', orgId, id })

function demandWrite(authorization: Authorization, bucket: Bucket): void {
  if (mayWrite(authorization, bucket)) return
  throw new ApiError(
    'forbidden',
    `insufficient permissions for write${authorization.status === 'inactive' ? ': token is inactive' : ''}`,
  )
}

async function take(c: Call, parts: Parts, bucket: Bucket, unit: bigint): Promise<Response> {
  const encoding = c.req.header('content-encoding')
  const sent = await readBody(c.env.incoming, parts.bodyBytesMax)
  const bytes = encoding === 'gzip' || encoding === 'x-gzip' ? await inflate(sent, parts.bodyBytesMax) : sent
  const nowNs = parts.clock.nowNs()
  const { reason } = await parts.engine.write(limitsOf(bucket), bytes, unit, nowNs)
  if (reason === null) return noContent()
  await noteRefusal(parts, bucket.orgId, reason, nowNs)
  throw new ApiError('unprocessable entity', `failure writing points to database: ${reason}`)
}
