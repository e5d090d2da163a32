import { Hono } from 'hono'
import { ApiError } from '../../lib/errors.ts'
import { asApiError, errorResponse } from '../../lib/http/error-answer.ts'
import { authenticate } from './access.ts'
import { type Call, type Env, type Parts, parameters } from './parts.ts'
import { refuse, refusedOpenly, refusedResource, refusedResources, refusedRoutes } from './refused.ts'
import { actions, openRoutes, type Route, resources, v1Routes } from './route-table.ts'

/** The HTTP API of the embedded store. */
export function createRoutes(parts: Parts): Hono<Env> {
  const { metadata, log } = parts
  const app = new Hono<Env>()
  app.onError((error) => errorResponse(asApiError(error, log)))

  for (const [method, path, route] of openRoutes) app.on(method, path, (c) => route(c, parts))
  for (const [path, what] of Object.entries(refusedOpenly)) app.post(path, () => refuse(what))
  app.all('/ping', () => text('Method Not Allowed\n', 405, { Allow: 'GET, HEAD, OPTIONS' }))

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

  for (const [method, path, route] of actions) {
    app.on(method, path, (c) => route(c, parts))
    app.all(path, onlyPost)
  }
  for (const [method, path, route] of resources) app.on(method, path, (c) => route(c, parts))
  for (const [path, what] of Object.entries(refusedRoutes)) app.all(path, () => refuse(what))
  for (const name of Object.keys(refusedResources))
    for (const path of [`/api/v2/${name}`, `/api/v2/${name}/*`]) app.all(path, (c) => refusedResource(c, name))
  for (const path of new Set(resources.map(([, one]) => one))) app.all(path, () => new Response(null, { status: 405 }))
  app.all('/api/v2/:resource{buckets|orgs|authorizations|users}/:id/*', () => text('404 page not found\n', 404))

  const v1 = (route: Route) => (c: Call) => {
    c.set('authorization', authenticate(metadata, c.req.header('authorization'), 'v1', parameters(c)))
    return route(c, parts)
  }
  for (const [method, path, route] of v1Routes) app.on(method, path, v1(route))
  app.all('/write', v1(onlyPost))

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
