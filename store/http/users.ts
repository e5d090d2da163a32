import { ApiError } from '../../lib/errors.ts'
import { allows } from '../metadata/permissions.ts'
import { demand } from './access.ts'
import { record } from './find.ts'
import { userJson } from './json-of.ts'
import { type Call, type Parts, parameters, resource } from './parts.ts'

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
