import { ApiError } from '../../lib/errors.ts'
import type { Change, Metadata } from '../metadata/metadata.ts'
import { allows } from '../metadata/permissions.ts'
import type { User } from '../metadata/records.ts'
import { demand } from './access.ts'
import { record } from './find.ts'
import { userJson } from './json-of.ts'
import { type Call, noContent, type Parts, parameters, resource } from './parts.ts'
import { readJson, textMember } from './read-json.ts'

const prefix = 'failed to unmarshal json: '

/** `GET /api/v2/me`: whose token it is. */
export function me(c: Call, { metadata }: Parts): Response {
  const authorization = c.get('authorization')
  demand(authorization, { action: 'read', type: 'users', id: authorization.userId })
  return resource(userJson(record(metadata, 'user', authorization.userId)))
}

export function listUsers(c: Call, { metadata }: Parts): Response {
  const query = parameters(c)
  const name = query.get('name')
  const id = query.get('id')
  const found = metadata
    .all('user')
    .filter((user) => (name === null || user.name === name) && (id === null || user.id === id))
    .filter((user) => allows(c.get('authorization'), { action: 'read', type: 'users', id: user.id }))
  if (found.length === 0 && (name !== null || id !== null)) throw new ApiError('not found', 'user not found')
  return resource({ links: { self: '/api/v2/users' }, users: found.map(userJson) })
}

export function getUser(c: Call, { metadata }: Parts): Response {
  const user = record(metadata, 'user', c.req.param('id')!)
  demand(c.get('authorization'), { action: 'read', type: 'users', id: user.id })
  return resource(userJson(user))
}

/** `POST /api/v2/users`: somebody whom tokens can belong to. Nobody signs in with a password here. */
export async function postUser(c: Call, parts: Parts): Promise<Response> {
  const { metadata } = parts
  const members = await readJson(c, parts, prefix)
  demand(c.get('authorization'), { action: 'write', type: 'users' })
  const name = textMember(members, 'name', prefix) ?? ''
  if (name === '') throw new ApiError('empty value', 'key required')
  refuseTaken(metadata, name)
  const user: User = { id: metadata.newId(), name, status: statusOf(textMember(members, 'status', prefix), 'active') }
  await metadata.apply([{ kind: 'user', put: user }])
  return resource(userJson(user), 201)
}

/** `PATCH /api/v2/users/ID`: name and status. The tokens of an inactive user are worth nothing. */
export async function patchUser(c: Call, parts: Parts): Promise<Response> {
  const { metadata } = parts
  const members = await readJson(c, parts, prefix)
  const user = record(metadata, 'user', c.req.param('id')!)
  demand(c.get('authorization'), { action: 'write', type: 'users', id: user.id })
  const name = textMember(members, 'name', prefix) || user.name
  if (name !== user.name) refuseTaken(metadata, name)
  const changed: User = { ...user, name, status: statusOf(textMember(members, 'status', prefix), user.status) }
  await metadata.apply([{ kind: 'user', put: changed }])
  return resource(userJson(changed))
}

/** A user's tokens go with him. The last user stays: without one anybody could set the store up again. */
export async function deleteUser(c: Call, { metadata }: Parts): Promise<Response> {
  const user = record(metadata, 'user', c.req.param('id')!)
  demand(c.get('authorization'), { action: 'write', type: 'users', id: user.id })
  if (metadata.all('user').length === 1) throw new ApiError('conflict', 'the last user cannot be deleted')
  await metadata.apply([
    { kind: 'user', remove: user.id },
    ...metadata
      .all('authorization')
      .filter(({ userId }) => userId === user.id)
      .map(({ id }): Change => ({ kind: 'authorization', remove: id })),
  ])
  return noContent()
}

function refuseTaken(metadata: Metadata, name: string): void {
  if (metadata.all('user').some((user) => user.name === name))
    throw new ApiError('conflict', `user with name ${name} already exists`)
}

function statusOf(given: string | undefined, fallback: User['status']): User['status'] {
  if (given === undefined || given === '') return fallback
  if (given !== 'active' && given !== 'inactive')
    throw new ApiError('invalid', 'invalid status: must be active or inactive')
  return given
}
