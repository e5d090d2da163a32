import { ApiError } from '../../lib/errors.ts'
import { resourceTypes } from '../metadata/permissions.ts'
import { record } from './find.ts'
import { pageLinks, pageOf } from './page.ts'
import { type Call, json, type Parts, parameters } from './parts.ts'

/** What stands for an empty list of a resource, as InfluxDB words it. */
type EmptyList = (query: URLSearchParams) => unknown

/** With the link to itself that lists cut into pages have. */
const paged =
  (name: string): EmptyList =>
  (query) => {
    const orgId = query.get('orgID')
    const { self } = pageLinks(`/api/v2/${name}`, pageOf(query), orgId === null ? {} : { orgID: orgId }, 0)
    return { links: { self }, [name]: [] }
  }

/**
 * Resources of InfluxDB that the embedded store does not keep. Where there can be none, their list is empty, which is true and
 * lets boards and clients that look for some go on; everything else about them is refused by name (501).
 */
export const refusedResources: Readonly<Record<string, EmptyList | null>> = {
  checks: paged('checks'),
  dashboards: paged('dashboards'),
  labels: () => ({ links: { self: '/api/v2/labels' }, labels: [] }),
  notificationEndpoints: paged('notificationEndpoints'),
  notificationRules: paged('notificationRules'),
  remotes: () => ({ remotes: null }),
  replications: () => ({ replications: null }),
  scrapers: () => ({ links: { self: '/api/v2/scrapers' }, configurations: [] }),
  stacks: () => ({ stacks: [] }),
  tasks: (query) => ({
    links: { self: `/api/v2/tasks?${new URLSearchParams({ limit: '100', ...organizationOf(query) })}` },
    tasks: [],
  }),
  telegrafs: () => ({ configurations: [] }),
  variables: paged('variables'),
  config: null,
  restore: null,
  sources: null,
  telegraf: null,
  templates: null,
}

/** What no token is needed for, refused by name: a wrong password would be the wrong thing to say. */
export const refusedOpenly: Readonly<Record<string, string>> = {
  '/api/v2/signin': 'signing in with a password',
  '/api/v2/signout': 'signing in with a password',
}

/** Single routes beside resources that are here, refused by name. */
export const refusedRoutes: Readonly<Record<string, string>> = {
  '/api/v2/me/password': 'signing in with a password',
  '/api/v2/users/:id/password': 'signing in with a password',
  '/api/v2/orgs/:id/members/:user?': 'membership of an organization',
  '/api/v2/orgs/:id/owners/:user?': 'membership of an organization',
  '/api/v2/orgs/:id/secrets/:action?': 'a secret',
  '/api/v2/buckets/:id/members/:user?': 'membership of a bucket',
  '/api/v2/buckets/:id/owners/:user?': 'membership of a bucket',
  '/api/v2/buckets/:id/labels/:label?': 'a label',
  '/api/v2/query/ast': 'the syntax tree of a script',
  '/api/v2/query/suggestions/:name?': 'a list of Flux functions as suggestions',
}

const organizationOf = (query: URLSearchParams): Record<string, string> =>
  query.get('orgID') === null ? {} : { orgID: query.get('orgID')! }

/** @throws ApiError 501 */
export function refuse(what: string): never {
  throw new ApiError('not implemented', `${what} is not supported by the embedded store`)
}

export function refusedResource(c: Call, name: string): Response {
  const emptyList = refusedResources[name] ?? null
  const isList = c.req.method === 'GET' && c.req.path === `/api/v2/${name}`
  return isList && emptyList !== null ? json(emptyList(parameters(c))) : refuse(`the resource ${name}`)
}

/** `GET /api/v2/flags`: no feature is switched on. */
export const flags = (): Response => json({})

/** `GET /api/v2/resources`: what a permission can be about. */
export const resourceNames = (): Response =>
  new Response(JSON.stringify([...resourceTypes, 'instance']), { headers: { 'Content-Type': 'application/json' } })

/** Nobody but the organization's owner has to do with a bucket, and it bears no labels. */
export function bucketParts(c: Call, { metadata }: Parts): Response {
  const { id } = record(metadata, 'bucket', c.req.param('id')!)
  const part = c.req.param('part')!
  return part === 'labels'
    ? json({ links: { self: '/api/v2/labels' }, labels: [] })
    : json({ links: { self: `/api/v2/buckets/${id}/${part}` }, users: [] })
}
