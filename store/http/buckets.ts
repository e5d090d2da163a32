import { ApiError } from '../../lib/errors.ts'
import { bucketsOf, checkBucketName, checkedRetention, makeBucket } from '../metadata/buckets.ts'
import type { Change } from '../metadata/metadata.ts'
import { allows, type Wish } from '../metadata/permissions.ts'
import type { Action, Bucket } from '../metadata/records.ts'
import { demand } from './access.ts'
import { checkedId, organizationNamed, organizationWithId, record } from './find.ts'
import { bucketJson } from './json-of.ts'
import { type PageOf, pageLinks, pageOf } from './page.ts'
import { type Call, noContent, type Parts, parameters, resource } from './parts.ts'
import { type Members, numberMember, readJson, textMember } from './read-json.ts'

const prefix = 'failed to unmarshal json: '
const wishOf = (action: Action, { orgId, id }: Pick<Bucket, 'orgId' | 'id'>): Wish => ({
  action,
  type: 'buckets',
  orgId,
  id,
})

/** `GET /api/v2/buckets`: by name within an organization, what the token may not read left out. */
export function listBuckets(c: Call, { metadata }: Parts): Response {
  const query = parameters(c)
  const page = pageOf(query)
  const authorization = c.get('authorization')
  const org = query.get('org') ?? ''
  const orgId =
    query.get('orgID') !== null
      ? checkedId(query.get('orgID')!)
      : org === ''
        ? null
        : organizationNamed(metadata, org).id
  const name = query.get('name')
  const id = query.get('id')
  const readable = (orgId === null ? metadata.all('bucket') : byName(bucketsOf(metadata, orgId))).filter((bucket) =>
    allows(authorization, wishOf('read', bucket)),
  )
  let found = readable
  if (id !== null) {
    found = readable.filter((bucket) => bucket.id === checkedId(id))
    if (found.length === 0) throw new ApiError('not found', 'bucket not found')
  } else if (name !== null && name !== '') {
    found = readable.filter((bucket) => bucket.name === name)
    if (found.length === 0 && orgId !== null) throw new ApiError('not found', `bucket "${name}" not found`)
  }
  const chosen = cut(found, page)
  const shown = {
    ...(name === null || name === '' ? {} : { bucket: name }),
    ...(orgId === null ? {} : orgShown(query)),
  }
  return resource({
    links: pageLinks('/api/v2/buckets', page, shown, chosen.length),
    buckets: chosen.map(bucketJson),
  })
}

const orgShown = (query: URLSearchParams): Record<string, string> =>
  query.get('orgID') !== null ? { orgID: query.get('orgID')! } : { org: query.get('org')! }

/** System buckets first: their names begin with an underscore, which InfluxDB puts before digits and capitals here. */
const byName = (buckets: readonly Bucket[]): Bucket[] =>
  [...buckets].sort((a, b) =>
    a.type !== b.type ? (a.type === 'system' ? -1 : 1) : a.name < b.name ? -1 : a.name > b.name ? 1 : 0,
  )

function cut(buckets: readonly Bucket[], { limit, offset, after, descending }: PageOf): Bucket[] {
  const ordered = descending ? [...buckets].reverse() : [...buckets]
  // As InfluxDB does, `after` makes `offset` count for nothing but the links.
  const start = after === null ? Math.max(0, offset) : ordered.findIndex(({ id }) => id === after) + 1
  return ordered.slice(start, start + limit)
}

export function getBucket(c: Call, { metadata }: Parts): Response {
  const bucket = record(metadata, 'bucket', c.req.param('id')!)
  demand(c.get('authorization'), wishOf('read', bucket))
  return resource(bucketJson(bucket))
}

/** `POST /api/v2/buckets`. */
export async function postBucket(c: Call, parts: Parts): Promise<Response> {
  const { metadata } = parts
  const members = await readJson(c, parts, prefix)
  const orgText = textMember(members, 'orgID', prefix) ?? ''
  const orgId = orgText === '' ? '' : idMember(orgText)
  const retention = ruleOf(members)
  if (orgId === '') throw new ApiError('invalid', 'organization id must be provided')
  demand(c.get('authorization'), { action: 'write', type: 'buckets', orgId })
  const name = textMember(members, 'name', prefix) ?? ''
  checkBucketName(name)
  organizationWithId(metadata, orgId)
  if (bucketsOf(metadata, orgId).some((bucket) => bucket.name === name))
    throw new ApiError('conflict', `bucket with name ${name} already exists`)
  const bucket = makeBucket(metadata, {
    orgId,
    name,
    description: textMember(members, 'description', prefix) ?? '',
    // '0' is what the Python client sends for none.
    rp: textMember(members, 'rp', prefix) ?? '',
    ...checkedRetention(retention?.everySeconds ?? 0, retention?.shardSeconds ?? null),
  })
  await metadata.apply([{ kind: 'bucket', put: bucket }])
  return resource(bucketJson(bucket), 201)
}

/** `PATCH /api/v2/buckets/ID`: what is not named stays. */
export async function patchBucket(c: Call, parts: Parts): Promise<Response> {
  const { metadata, engine, clock } = parts
  const id = checkedId(c.req.param('id')!)
  const members = await readJson(c, parts, prefix)
  const rule = ruleOf(members)
  const bucket = record(metadata, 'bucket', id)
  demand(c.get('authorization'), wishOf('write', bucket))
  const name = textMember(members, 'name', prefix) ?? bucket.name
  if (name !== bucket.name) {
    if (bucket.type === 'system') throw new ApiError('invalid', 'system buckets cannot be renamed')
    checkBucketName(name)
    if (bucketsOf(metadata, bucket.orgId).some((other) => other.name === name))
      throw new ApiError('conflict', 'bucket name is not unique')
  }
  const changed: Bucket = {
    ...bucket,
    name,
    description: textMember(members, 'description', prefix) ?? bucket.description,
    ...(rule === null
      ? {}
      : checkedRetention(
          rule.everySeconds ?? bucket.retentionSeconds,
          rule.shardSeconds ?? keptShard(bucket.shardSeconds, rule.everySeconds ?? bucket.retentionSeconds),
        )),
    updatedAt: new Date().toISOString(),
  }
  await metadata.apply([{ kind: 'bucket', put: changed }])
  if (changed.retentionSeconds > 0)
    await engine.enforceRetention(
      [{ id, retentionNs: BigInt(changed.retentionSeconds) * 1_000_000_000n }],
      clock.nowNs(),
    )
  return resource(bucketJson(changed))
}

/** The shard duration stays as long as it fits the retention. */
const keptShard = (shardSeconds: number, retentionSeconds: number): number | null =>
  retentionSeconds === 0 || shardSeconds <= retentionSeconds ? shardSeconds : null

export async function deleteBucket(c: Call, { metadata, engine }: Parts): Promise<Response> {
  const bucket = record(metadata, 'bucket', c.req.param('id')!)
  demand(c.get('authorization'), wishOf('write', bucket))
  if (bucket.type === 'system') throw new ApiError('invalid', 'system buckets cannot be deleted')
  const mappings = metadata.all('dbrp').filter(({ bucketId }) => bucketId === bucket.id)
  await metadata.apply([
    { kind: 'bucket', remove: bucket.id },
    ...mappings.map(({ id }): Change => ({ kind: 'dbrp', remove: id })),
  ])
  await engine.deleteBucket(bucket.id)
  return noContent()
}

function idMember(text: string): string {
  try {
    return checkedId(text)
  } catch (error) {
    throw error instanceof ApiError ? new ApiError('invalid', `${prefix}${error.message}`) : error
  }
}

interface Rule {
  readonly everySeconds: number | null
  readonly shardSeconds: number | null
}

function ruleOf(members: Members): Rule | null {
  const rules = members['retentionRules'] ?? []
  if (!Array.isArray(rules)) throw new ApiError('invalid', `${prefix}retentionRules must be a list`)
  if (rules.length > 1)
    throw new ApiError('unprocessable entity', 'buckets cannot have more than one retention rule at this time')
  const [rule] = rules as readonly unknown[]
  if (rule === undefined) return null
  if (rule === null || typeof rule !== 'object')
    throw new ApiError('invalid', `${prefix}a retention rule must be an object`)
  return {
    everySeconds: numberMember(rule as Members, 'everySeconds', prefix) ?? null,
    shardSeconds: numberMember(rule as Members, 'shardGroupDurationSeconds', prefix) || null,
  }
}
