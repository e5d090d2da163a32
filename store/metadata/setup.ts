import { randomBytes } from 'node:crypto'
import { hashToken } from '../../lib/tokens/hash.ts'
import { findBucket, makeBucket, systemBuckets } from './buckets.ts'
import type { Change, Metadata } from './metadata.ts'
import { operatorPermissions } from './permissions.ts'
import type { Authorization, Bucket, Organization, Permission, User } from './records.ts'

export interface Setup {
  readonly username: string
  readonly org: string
  readonly bucket: string
  /** The operator's token; null makes one. */
  readonly token: string | null
  /** 0 = for ever */
  readonly retentionSeconds: number
}

export interface SetUp {
  readonly user: User
  readonly organization: Organization
  readonly bucket: Bucket
  readonly authorization: Authorization
  readonly token: string
}

export const isSetUp = (metadata: Metadata): boolean => metadata.all('user').length > 0

/** Makes the first user, organization and bucket and the operator's token, all at once. */
export async function setUp(
  metadata: Metadata,
  { username, org, bucket, token, retentionSeconds }: Setup,
): Promise<SetUp> {
  const user: User = { id: metadata.newId(), name: username, status: 'active' }
  const organization = makeOrganization(metadata, org, '')
  const system = systemBuckets(metadata, organization.id)
  const first = makeBucket(metadata, { orgId: organization.id, name: bucket, retentionSeconds })
  const secret = token ?? newToken()
  const authorization = makeAuthorization(metadata, secret, {
    description: `${username}'s Token`,
    orgId: organization.id,
    userId: user.id,
    permissions: operatorPermissions,
  })
  await metadata.apply([
    { kind: 'user', put: user },
    { kind: 'organization', put: organization },
    ...[...system, first].map((put): Change => ({ kind: 'bucket', put })),
    { kind: 'authorization', put: authorization },
  ])
  return { user, organization, bucket: first, authorization, token: secret }
}

/**
 * Sees to it that an organization and a bucket are there and that a token may do everything: for a store that its own program
 * starts. What is there already stays as it is.
 */
export async function bootstrap(
  metadata: Metadata,
  { org, bucket, token }: { readonly org: string; readonly bucket: string; readonly token: string },
): Promise<void> {
  if (!isSetUp(metadata)) {
    await setUp(metadata, { username: 'operator', org, bucket, token, retentionSeconds: 0 })
    return
  }
  const changes: Change[] = []
  let organization = metadata.all('organization').find(({ name }) => name === org)
  if (organization === undefined) {
    organization = makeOrganization(metadata, org, '')
    changes.push({ kind: 'organization', put: organization })
    for (const put of systemBuckets(metadata, organization.id)) changes.push({ kind: 'bucket', put })
  }
  if (findBucket(metadata, organization.id, bucket) === undefined)
    changes.push({ kind: 'bucket', put: makeBucket(metadata, { orgId: organization.id, name: bucket }) })
  const hash = hashToken(token).toString('hex')
  if (!metadata.all('authorization').some(({ tokenHash }) => tokenHash === hash))
    changes.push({
      kind: 'authorization',
      put: makeAuthorization(metadata, token, {
        description: 'token given at the start',
        orgId: organization.id,
        userId: metadata.all('user')[0]!.id,
        permissions: operatorPermissions,
      }),
    })
  if (changes.length > 0) await metadata.apply(changes)
}

export function makeOrganization(metadata: Metadata, name: string, description: string): Organization {
  const now = new Date().toISOString()
  return { id: metadata.newId(), name, description, createdAt: now, updatedAt: now }
}

export function makeAuthorization(
  metadata: Metadata,
  token: string,
  given: {
    readonly description: string
    readonly orgId: string
    readonly userId: string
    readonly permissions: readonly Permission[]
    readonly status?: Authorization['status']
  },
): Authorization {
  const now = new Date().toISOString()
  return {
    id: metadata.newId(),
    tokenHash: hashToken(token).toString('hex'),
    status: 'active',
    ...given,
    createdAt: now,
    updatedAt: now,
  }
}

/** 512 random bits, as InfluxDB's tokens are. */
export const newToken = (): string => `${randomBytes(64).toString('base64url')}==`
