import { ApiError } from '../../lib/errors.ts'
import type { Metadata } from './metadata.ts'
import type { Bucket } from './records.ts'

const hour = 3_600
const day = 24 * hour

/** How long InfluxDB makes a bucket's shards if nobody says. */
export const shardSecondsOf = (retentionSeconds: number): number =>
  retentionSeconds === 0 || retentionSeconds >= 180 * day ? 7 * day : retentionSeconds < 2 * day ? hour : day

export interface Retention {
  readonly retentionSeconds: number
  readonly shardSeconds: number
}

/** @throws ApiError in InfluxDB's words for a retention it does not take */
export function checkedRetention(retentionSeconds: number, shardSeconds: number | null): Retention {
  if (retentionSeconds < 0) throw new ApiError('unprocessable entity', 'expiration seconds cannot be negative')
  if (retentionSeconds > 0 && retentionSeconds < hour)
    throw new ApiError('internal error', 'retention policy duration must be at least 1h0m0s')
  const shard = shardSeconds === null ? shardSecondsOf(retentionSeconds) : Math.max(hour, shardSeconds)
  if (retentionSeconds > 0 && shard > retentionSeconds)
    throw new ApiError('internal error', 'retention policy duration must be greater than the shard duration')
  return { retentionSeconds, shardSeconds: shard }
}

/** @throws ApiError for a name that no user's bucket may have */
export function checkBucketName(name: string): void {
  if (name.startsWith('_'))
    throw new ApiError('invalid', `bucket name ${name} is invalid. Buckets may not start with underscore`)
  if (name.includes('"'))
    throw new ApiError('invalid', `bucket name ${name} is invalid. Bucket names may not include quotation marks`)
}

export function makeBucket(
  metadata: Metadata,
  given: Pick<Bucket, 'orgId' | 'name'> & Partial<Pick<Bucket, 'type' | 'description' | 'rp'>> & Partial<Retention>,
): Bucket {
  const now = new Date().toISOString()
  const retentionSeconds = given.retentionSeconds ?? 0
  return {
    id: metadata.newId(),
    orgId: given.orgId,
    type: given.type ?? 'user',
    name: given.name,
    description: given.description ?? '',
    rp: given.rp ?? '',
    retentionSeconds,
    shardSeconds: given.shardSeconds ?? shardSecondsOf(retentionSeconds),
    createdAt: now,
    updatedAt: now,
  }
}

/** The buckets every organization has from its beginning. */
export const systemBuckets = (metadata: Metadata, orgId: string): Bucket[] => [
  makeBucket(metadata, {
    orgId,
    type: 'system',
    name: '_monitoring',
    description: 'System bucket for monitoring logs',
    retentionSeconds: 7 * day,
  }),
  makeBucket(metadata, {
    orgId,
    type: 'system',
    name: '_tasks',
    description: 'System bucket for task logs',
    retentionSeconds: 3 * day,
  }),
]

export const bucketsOf = (metadata: Metadata, orgId: string): Bucket[] =>
  metadata.all('bucket').filter((bucket) => bucket.orgId === orgId)

/** By id first if it looks like one, then by name. */
export function findBucket(metadata: Metadata, orgId: string, nameOrId: string): Bucket | undefined {
  const byId = metadata.get('bucket', nameOrId)
  if (byId?.orgId === orgId) return byId
  return bucketsOf(metadata, orgId).find(({ name }) => name === nameOrId)
}

const nsPerSecond = 1_000_000_000n
/** What the writing of points needs to know. */
export const limitsOf = ({ id, retentionSeconds }: Bucket): { readonly id: string; readonly retentionNs: bigint } => ({
  id,
  retentionNs: BigInt(retentionSeconds) * nsPerSecond,
})
