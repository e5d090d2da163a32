import type { Metadata } from '../metadata/metadata.ts'
import type { Authorization, Bucket, Organization, User } from '../metadata/records.ts'

/** How each record looks on the wire. */
export const userJson = ({ id, name, status }: User): Record<string, unknown> => ({
  links: { self: `/api/v2/users/${id}` },
  id,
  name,
  status,
})

export const organizationJson = ({
  id,
  name,
  description,
  createdAt,
  updatedAt,
}: Organization): Record<string, unknown> => {
  const self = `/api/v2/orgs/${id}`
  return {
    links: {
      buckets: `/api/v2/buckets?org=${name}`,
      dashboards: `/api/v2/dashboards?org=${name}`,
      labels: `${self}/labels`,
      logs: `${self}/logs`,
      members: `${self}/members`,
      owners: `${self}/owners`,
      secrets: `${self}/secrets`,
      self,
      tasks: `/api/v2/tasks?org=${name}`,
    },
    id,
    name,
    description,
    createdAt,
    updatedAt,
  }
}

export const bucketJson = (bucket: Bucket): Record<string, unknown> => {
  const self = `/api/v2/buckets/${bucket.id}`
  return {
    id: bucket.id,
    orgID: bucket.orgId,
    type: bucket.type,
    ...(bucket.description === '' ? {} : { description: bucket.description }),
    name: bucket.name,
    ...(bucket.rp === '' ? {} : { rp: bucket.rp }),
    retentionRules: [
      { type: 'expire', everySeconds: bucket.retentionSeconds, shardGroupDurationSeconds: bucket.shardSeconds },
    ],
    createdAt: bucket.createdAt,
    updatedAt: bucket.updatedAt,
    links: {
      labels: `${self}/labels`,
      members: `${self}/members`,
      org: `/api/v2/orgs/${bucket.orgId}`,
      owners: `${self}/owners`,
      self,
      write: `/api/v2/write?org=${bucket.orgId}&bucket=${bucket.id}`,
    },
    labels: [],
  }
}

/** @param token shown only in the answer to its making; '' else */
export const authorizationJson = (
  metadata: Metadata,
  authorization: Authorization,
  token = '',
): Record<string, unknown> => {
  const { id, status, description, orgId, userId, createdAt, updatedAt } = authorization
  const nameOf = (orgID: string | undefined): { org?: string } => {
    const org = orgID === undefined ? undefined : metadata.get('organization', orgID)?.name
    return org === undefined ? {} : { org }
  }
  return {
    id,
    token,
    status,
    description,
    orgID: orgId,
    ...nameOf(orgId),
    userID: userId,
    user: metadata.get('user', userId)?.name,
    permissions: authorization.permissions.map(({ action, resource: { type, id: resourceId, orgID } }) => {
      const name = type === 'buckets' && resourceId !== undefined ? metadata.get('bucket', resourceId)?.name : undefined
      return {
        action,
        resource: {
          type,
          ...(resourceId === undefined ? {} : { id: resourceId }),
          ...(orgID === undefined ? {} : { orgID }),
          ...(name === undefined ? {} : { name }),
          ...nameOf(orgID),
        },
      }
    }),
    links: { self: `/api/v2/authorizations/${id}`, user: `/api/v2/users/${userId}` },
    createdAt,
    updatedAt,
  }
}
