import { Hono } from 'hono'
import { ApiError } from '../../lib/errors.ts'
import { asApiError, errorResponse } from '../../lib/http/error-answer.ts'
import { authenticate } from './access.ts'
import { analyze } from './analyze.ts'
import * as authorizations from './authorizations.ts'
import * as buckets from './buckets.ts'
import * as dbrps from './dbrps.ts'
import { deletePoints } from './delete.ts'
import * as orgs from './orgs.ts'
import { type Call, type Env, type Parts, parameters } from './parts.ts'
import { directory, health, metrics, ping, ready } from './probes.ts'
import { query } from './query.ts'
import { queryV1 } from './query-v1.ts'
import * as refused from './refused.ts'
import { isSetupAllowed, postSetup } from './setup.ts'
import * as users from './users.ts'
import { write, writeV1 } from './write.ts'

type Route = (c: Call, parts: Parts) => Response | Promise<Response>

/** The addresses of InfluxDB 2 that the embedded store answers, in one table: method, path, what answers. */
const resources: readonly (readonly ['get' | 'post' | 'patch' | 'delete', string, Route])[] = [
  ['get', '/api/v2/me', users.me],
  ['get', '/api/v2/users', users.listUsers],
  ['post', '/api/v2/users', users.postUser],
  ['get', '/api/v2/users/:id', users.getUser],
  ['patch', '/api/v2/users/:id', users.patchUser],
  ['delete', '/api/v2/users/:id', users.deleteUser],
  ['get', '/api/v2/buckets', buckets.listBuckets],
  ['post', '/api/v2/buckets', buckets.postBucket],
  ['get', '/api/v2/buckets/:id', buckets.getBucket],
  ['patch', '/api/v2/buckets/:id', buckets.patchBucket],
  ['delete', '/api/v2/buckets/:id', buckets.deleteBucket],
  ['get', '/api/v2/buckets/:id/:part{members|owners|labels}', refused.bucketParts],
  ['get', '/api/v2/orgs', orgs.listOrgs],
  ['post', '/api/v2/orgs', orgs.postOrg],
  ['get', '/api/v2/orgs/:id', orgs.getOrg],
  ['patch', '/api/v2/orgs/:id', orgs.patchOrg],
  ['delete', '/api/v2/orgs/:id', orgs.deleteOrg],
  ['get', '/api/v2/orgs/:id/:role{members|owners}', orgs.orgMembers],
  ['get', '/api/v2/orgs/:id/secrets', orgs.orgSecrets],
  ['get', '/api/v2/authorizations', authorizations.listAuthorizations],
  ['post', '/api/v2/authorizations', authorizations.postAuthorization],
  ['get', '/api/v2/authorizations/:id', authorizations.getAuthorization],
  ['patch', '/api/v2/authorizations/:id', authorizations.patchAuthorization],
  ['delete', '/api/v2/authorizations/:id', authorizations.deleteAuthorization],
  ['get', '/api/v2/dbrps', dbrps.listDbrps],
  ['post', '/api/v2/dbrps', dbrps.postDbrp],
  ['get', '/api/v2/dbrps/:id', dbrps.getDbrp],
  ['patch', '/api/v2/dbrps/:id', dbrps.patchDbrp],
  ['delete', '/api/v2/dbrps/:id', dbrps.deleteDbrp],
  ['post', '/api/v2/query/analyze', analyze],
  ['get', '/api/v2/flags', refused.flags],
  ['get', '/api/v2/resources', refused.resourceNames],
]

/** What takes POST alone, and says so. */
const actions: readonly (readonly [string, Route])[] = [
  ['/api/v2/write', write],
  ['/api/v2/query', query],
  ['/api/v2/delete', deletePoints],
]

/** The HTTP API of the embedded store. */
export function createRoutes(parts: Parts): Hono<Env> {
  const { metadata, log } = parts
  const app = new Hono<Env>()
  app.onError((error) => errorResponse(asApiError(error, log)))

  app.all('/health', () => health(parts))
  app.all('/ready', () => ready(parts))
  app.get('/ping', ping)
  app.all('/ping', () => text('Method Not Allowed\n', 405, { Allow: 'GET, HEAD, OPTIONS' }))
  app.get('/metrics', () => metrics(parts))
  app.get('/api/v2', directory)
  app.get('/api/v2/setup', () => isSetupAllowed(parts))
  app.post('/api/v2/setup', (c) => postSetup(c, parts))
  for (const [path, what] of Object.entries(refused.refusedOpenly)) app.post(path, () => refused.refuse(what))

  // A slash at the end leads to the path without it.
  app.use(async (c, next) => {
    const { pathname, search } = new URL(c.req.url)
    if (pathname.length > 1 && pathname.endsWith('/'))
      return new Response(null, { status: 308, headers: { Location: `${pathname.slice(0, -1)}${search}` } })
    return next()
  })
  // A browser asks first whether it may.
  app.use('/api/v2/*', async (c, next) => {
    if (c.req.method === 'OPTIONS')
      return c.req.header('origin') === undefined
        ? new Response(null, { status: 405 })
        : new Response(null, {
            status: 204,
            headers: {
              'Access-Control-Allow-Methods': 'POST, GET, OPTIONS, PUT, DELETE, PATCH',
              'Access-Control-Allow-Headers':
                'Accept, Content-Type, Content-Length, Accept-Encoding, Authorization, User-Agent',
            },
          })
    c.set('authorization', authenticate(metadata, c.req.header('authorization')))
    return next()
  })

  for (const [path, route] of actions) {
    app.post(path, (c) => route(c, parts))
    app.all(path, onlyPost)
  }
  for (const [method, path, route] of resources) app.on(method.toUpperCase(), path, (c) => route(c, parts))
  for (const [path, what] of Object.entries(refused.refusedRoutes)) app.all(path, () => refused.refuse(what))
  for (const name of Object.keys(refused.refusedResources))
    for (const path of [`/api/v2/${name}`, `/api/v2/${name}/*`]) app.all(path, (c) => refused.refusedResource(c, name))
  for (const path of new Set(resources.map(([, one]) => one))) app.all(path, () => new Response(null, { status: 405 }))
  app.all('/api/v2/:resource{buckets|orgs|authorizations|users}/:id/*', () => text('404 page not found\n', 404))

  const v1 = (route: Route) => (c: Call) => {
    c.set('authorization', authenticate(metadata, c.req.header('authorization'), 'v1', parameters(c)))
    return route(c, parts)
  }
  app.post('/write', v1(writeV1))
  app.all('/write', v1(onlyPost))
  app.get('/query', v1(queryV1))
  app.post('/query', v1(queryV1))

  app.notFound(() => errorResponse(new ApiError('not found', 'path not found')))
  return app
}

const text = (body: string, status: number, headers: Record<string, string> = {}): Response =>
  new Response(body, { status, headers: { 'Content-Type': 'text/plain; charset=utf-8', ...headers } })

function onlyPost(): Response {
  const response = errorResponse(new ApiError('method not allowed', 'allow: OPTIONS, POST'))
  response.headers.set('Allow', 'OPTIONS, POST')
  return response
}
