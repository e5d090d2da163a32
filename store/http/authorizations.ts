import { ApiError } from '../../lib/errors.ts'
import { allows, resourceTypes } from '../metadata/permissions.ts'
import type { Action, Authorization, Permission } from '../metadata/records.ts'
import { makeAuthorization, newToken } from '../metadata/setup.ts'
import { demand } from './access.ts'
import { checkedId, organizationNamed, record } from './find.ts'
import { authorizationJson } from './json-of.ts'
import { type Call, noContent, type Parts, parameters, resource } from './parts.ts'
import { type Members, readJson, textMember } from './read-json.ts'

const prefix = 'invalid json structure: '
const wish = (action: Action, { id, orgId }: Authorization) => ({ action, type: 'authorizations', orgId, id }) as const

/** `GET /api/v2/authorizations`, by user and organization. Tokens are never shown. */
export function listAuthorizations(c: Call, { metadata }: Parts): Response {
  const query = parameters(c)
  const userId = query.get('userID') ? checkedId(query.get('userID')!) : null
  const orgId = query.get('orgID') ? checkedId(query.get('orgID')!) : null
  const userName = query.get('user')
  const user = userName ? metadata.all('user').find(({ name }) => name === userName) : null
  if (user === undefined) throw new ApiError('not found', 'user not found')
  const org = query.get('org') ? organizationNamed(metadata, query.get('org')!) : null
  const found = metadata
    .all('authorization')
    .filter((one) => (userId ?? user?.id ?? one.userId) === one.userId && (orgId ?? org?.id ?? one.orgId) === one.orgId)
    .filter((one) => allows(c.get('authorization'), wish('read', one)))
  // The newest first.
  return resource({
    links: { self: '/api/v2/authorizations' },
    authorizations: found.reverse().map((one) => authorizationJson(metadata, one)),
  })
}

export function getAuthorization(c: Call, { metadata }: Parts): Response {
  const found = record(metadata, 'authorization', c.req.param('id')!)
  demand(c.get('authorization'), wish('read', found))
  return resource(authorizationJson(metadata, found))
}

/** `POST /api/v2/authorizations`: a new token, shown this once. */
export async function postAuthorization(c: Call, parts: Parts): Promise<Response> {
  const { metadata } = parts
  const members = await readJson(c, parts, prefix)
  const orgText = textMember(members, 'orgID', prefix) ?? ''
  const permissions = permissionsOf(members)
  const status = textMember(members, 'status', prefix) || 'active'
  if (permissions.length === 0) throw new ApiError('invalid', 'authorization must include permissions')
  if (orgText === '') throw new ApiError('invalid', 'org id required: invalid ID')
  const orgId = checkedId(orgText)
  if (status !== 'active' && status !== 'inactive')
    throw new ApiError('invalid', 'invalid status: must be active or inactive')
  for (const { action, resource: target } of permissions)
    if (target.orgID !== undefined && target.orgID !== orgId)
      throw new ApiError(
        'invalid',
        `permission ${action}:orgs/${target.orgID}/${target.type} is not for org id ${orgId}`,
      )
  const creator = c.get('authorization')
  demand(creator, { action: 'write', type: 'authorizations', orgId })
  record(metadata, 'organization', orgId)
  for (const { action, resource: target } of permissions)
    if (!allows(creator, { ...target, action, type: target.type as (typeof resourceTypes)[number], orgId }))
      throw new ApiError('forbidden', `permission ${action}:orgs/${orgId}/${target.type} is not allowed`)
  const userText = textMember(members, 'userID', prefix) ?? ''
  const user = userText === '' ? metadata.get('user', creator.userId)! : record(metadata, 'user', userText)
  const token = newToken()
  const made = makeAuthorization(metadata, token, {
    description: textMember(members, 'description', prefix) ?? '',
    orgId,
    userId: user.id,
    permissions,
    status,
  })
  await metadata.apply([{ kind: 'authorization', put: made }])
  return resource(authorizationJson(metadata, made, token), 201)
}

/** `PATCH /api/v2/authorizations/ID`: its status and description. */
export async function patchAuthorization(c: Call, parts: Parts): Promise<Response> {
  const { metadata } = parts
  const members = await readJson(c, parts, prefix)
  const found = record(metadata, 'authorization', c.req.param('id')!)
  demand(c.get('authorization'), wish('write', found))
  const status = textMember(members, 'status', prefix) ?? found.status
  if (status !== 'active' && status !== 'inactive')
    throw new ApiError('invalid', 'encodeAuthorization: unknown authorization status')
  const changed: Authorization = {
    ...found,
    status,
    description: textMember(members, 'description', prefix) ?? found.description,
    updatedAt: new Date().toISOString(),
  }
  await metadata.apply([{ kind: 'authorization', put: changed }])
  return resource(authorizationJson(metadata, changed))
}

export async function deleteAuthorization(c: Call, { metadata }: Parts): Promise<Response> {
  const found = record(metadata, 'authorization', c.req.param('id')!)
  demand(c.get('authorization'), wish('write', found))
  await metadata.apply([{ kind: 'authorization', remove: found.id }])
  return noContent()
}

function permissionsOf(members: Members): Permission[] {
  const given = members['permissions'] ?? []
  if (!Array.isArray(given)) throw new ApiError('invalid', `${prefix}permissions must be a list`)
  return (given as readonly unknown[]).map((one) => {
    const permission = (one ?? {}) as Members
    const target = (permission['resource'] ?? {}) as Members
    const action = permission['action']
    if (action !== 'read' && action !== 'write')
      throw new ApiError('invalid', 'invalid action type for permission: unknown action for permission')
    const type = textMember(target, 'type', prefix) ?? ''
    if (!(resourceTypes as readonly string[]).includes(type))
      throw new ApiError('invalid', 'invalid resource type for permission: unknown resource type for permission')
    const id = textMember(target, 'id', prefix)
    const orgID = textMember(target, 'orgID', prefix)
    return {
      action,
      resource: {
        type,
        ...(id === undefined ? {} : { id: checkedId(id) }),
        ...(orgID === undefined ? {} : { orgID: checkedId(orgID) }),
      },
    }
  })
}
