import { ApiError } from '../../lib/errors.ts'
import { bucketsOf, systemBuckets } from '../metadata/buckets.ts'
import type { Change } from '../metadata/metadata.ts'
import { allows } from '../metadata/permissions.ts'
import type { Action, Authorization, Organization } from '../metadata/records.ts'
import { makeOrganization } from '../metadata/setup.ts'
import { demand } from './access.ts'
import { organizationNamed, record } from './find.ts'
import { organizationJson, userJson } from './json-of.ts'
import { pageOf } from './page.ts'
import { type Call, json, noContent, type Parts, parameters, resource } from './parts.ts'
import { readJson, textMember } from './read-json.ts'

const prefix = 'failed to unmarshal json: '
/** A permission on organizations names one by its own id. */
const may = (authorization: Authorization, action: Action, { id }: Organization): boolean =>
  allows(authorization, { action, type: 'orgs', id })

export function listOrgs(c: Call, { metadata }: Parts): Response {
  const query = parameters(c)
  const page = pageOf(query)
  const name = query.get('org') ?? ''
  const id = query.get('orgID') ?? ''
  const isId = /^[0-9a-f]{16}$/.test(id)
  const found =
    name !== ''
      ? [organizationNamed(metadata, name)]
      : isId
        ? [record(metadata, 'organization', id)]
        : metadata.all('organization')
  const readable = found.filter((organization) => may(c.get('authorization'), 'read', organization))
  const ordered = page.descending ? readable.reverse() : readable
  const start = Math.max(0, page.offset)
  return resource({
    links: { self: '/api/v2/orgs' },
    orgs: ordered.slice(start, start + page.limit).map(organizationJson),
  })
}

export function getOrg(c: Call, { metadata }: Parts): Response {
  const organization = record(metadata, 'organization', c.req.param('id')!)
  demand(c.get('authorization'), { action: 'read', type: 'orgs', id: organization.id })
  return resource(organizationJson(organization))
}

export async function postOrg(c: Call, parts: Parts): Promise<Response> {
  const { metadata } = parts
  const members = await readJson(c, parts, prefix)
  const name = (textMember(members, 'name', prefix) ?? '').trim()
  if (name === '') throw new ApiError('invalid', 'org name is empty')
  demand(c.get('authorization'), { action: 'write', type: 'orgs' })
  if (metadata.all('organization').some((organization) => organization.name === name))
    throw new ApiError('conflict', `organization with name ${name} already exists`)
  const organization = makeOrganization(metadata, name, textMember(members, 'description', prefix) ?? '')
  await metadata.apply([
    { kind: 'organization', put: organization },
    ...systemBuckets(metadata, organization.id).map((put): Change => ({ kind: 'bucket', put })),
  ])
  return resource(organizationJson(organization), 201)
}

export async function patchOrg(c: Call, parts: Parts): Promise<Response> {
  const { metadata } = parts
  const members = await readJson(c, parts, prefix)
  const organization = record(metadata, 'organization', c.req.param('id')!)
  demand(c.get('authorization'), { action: 'write', type: 'orgs', id: organization.id })
  const name = textMember(members, 'name', prefix) ?? organization.name
  if (name !== organization.name && metadata.all('organization').some((other) => other.name === name))
    throw new ApiError('conflict', `organization with name ${name} already exists`)
  const changed = {
    ...organization,
    name,
    description: textMember(members, 'description', prefix) ?? organization.description,
    updatedAt: new Date().toISOString(),
  }
  await metadata.apply([{ kind: 'organization', put: changed }])
  return resource(organizationJson(changed))
}

/** Its buckets and their points go with it, and its tokens. */
export async function deleteOrg(c: Call, { metadata, engine }: Parts): Promise<Response> {
  const id = c.req.param('id')!
  let organization: Organization
  try {
    organization = record(metadata, 'organization', id)
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'not found') throw error
    throw new ApiError('not found', `error deleting organization id: ${id}: organization not found`)
  }
  demand(c.get('authorization'), { action: 'write', type: 'orgs', id })
  const buckets = bucketsOf(metadata, organization.id)
  await metadata.apply([
    { kind: 'organization', remove: organization.id },
    ...buckets.map((bucket): Change => ({ kind: 'bucket', remove: bucket.id })),
    ...metadata
      .all('dbrp')
      .filter(({ orgId }) => orgId === organization.id)
      .map((one): Change => ({ kind: 'dbrp', remove: one.id })),
    ...metadata
      .all('authorization')
      .filter(({ orgId }) => orgId === organization.id)
      .map((one): Change => ({ kind: 'authorization', remove: one.id })),
  ])
  for (const bucket of buckets) await engine.deleteBucket(bucket.id)
  return noContent()
}

/** Who belongs to an organization: its first user owns it, and there is nobody else. */
export function orgMembers(c: Call, { metadata }: Parts): Response {
  const { id } = record(metadata, 'organization', c.req.param('id')!)
  const role = c.req.param('role')!
  const owners = role === 'owners' ? metadata.all('user').slice(0, 1) : []
  return json({
    links: { self: `/api/v2/orgs/${id}/${role}` },
    users: owners.map((user) => ({ role: 'owner', ...userJson(user) })),
  })
}

/** There are none: a script that asks for one is told so. */
export function orgSecrets(c: Call, { metadata }: Parts): Response {
  const { id } = record(metadata, 'organization', c.req.param('id')!)
  return json({ links: { org: `/api/v2/orgs/${id}`, self: `/api/v2/orgs/${id}/secrets` }, secrets: [] })
}
