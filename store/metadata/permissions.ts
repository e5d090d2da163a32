import type { Action, Authorization, Permission } from './records.ts'

/** What a permission can be about, in the order InfluxDB lists them. */
export const resourceTypes = [
  'authorizations',
  'buckets',
  'dashboards',
  'orgs',
  'sources',
  'tasks',
  'telegrafs',
  'users',
  'variables',
  'scrapers',
  'secrets',
  'labels',
  'views',
  'documents',
  'notificationRules',
  'notificationEndpoints',
  'checks',
  'dbrp',
  'notebooks',
  'annotations',
  'remotes',
  'replications',
] as const

/** Everything, everywhere: what an operator's token may do. */
export const operatorPermissions: readonly Permission[] = resourceTypes.flatMap((type) =>
  (['read', 'write'] as const).map((action) => ({ action, resource: { type } })),
)

/** What somebody wants to do, and to what. Without an id: to all of an organization's. */
export interface Wish {
  readonly action: Action
  readonly type: (typeof resourceTypes)[number]
  readonly orgId?: string
  readonly id?: string
}

/** Whether an active token may do something. */
export const allows = (authorization: Authorization, wish: Wish): boolean =>
  authorization.status === 'active' &&
  authorization.permissions.some(
    ({ action, resource }) =>
      action === wish.action &&
      resource.type === wish.type &&
      (resource.orgID === undefined || resource.orgID === wish.orgId) &&
      (resource.id === undefined || resource.id === wish.id),
  )

/** As InfluxDB names a wish: `read:orgs/0…1/buckets/0…2`. */
export const wishName = ({ action, type, orgId, id }: Wish): string =>
  `${action}:${[orgId === undefined ? [] : ['orgs', orgId], type, id ?? []].flat().join('/')}`
