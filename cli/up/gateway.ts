import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { ApiError } from '../../lib/errors.ts'
import { apiPage } from '../../lib/http/api-page.ts'
import { asApiError, errorResponse } from '../../lib/http/error-answer.ts'
import { tokenOf } from '../../lib/tokens/authorization.ts'
import { documentsOf, mergeOpenApi } from './openapi.ts'
import { answerUnavailable, proxy } from './proxy.ts'
import { type PartName, routeFor } from './routes.ts'
import type { Sessions } from './session.ts'
import { buildingPage, signInRoutes } from './sign-in.ts'

/** A part as the gateway needs to know it. */
export interface GatewayPart {
  readonly url: URL
  /**
   * Whose word the part takes: `sender` checks the sender's token itself; `gateway` has none of its own, so the gateway
   * lets only signed-in people and the operator's token through.
   */
  readonly checks: 'sender' | 'gateway'
  /** The store's own token where it is another one than the operator's (an InfluxDB given by INFLUX_URL). */
  readonly token?: string
}

export interface GatewayOptions {
  /** Null: this gateway has no such part. */
  readonly parts: Readonly<Record<PartName, GatewayPart | null>>
  readonly sessions: Sessions
  /**
   * Resolves when the store has all that the ingestor has acknowledged so far; asked before something is deleted, so that nothing
   * comes back behind the delete. @returns why it has not, or null
   */
  readonly settle?: () => Promise<string | null>
  readonly health: () => Promise<Response>
  readonly ready: () => Promise<Response>
  readonly progress: () => object
  /** The plant model in use; null where there is none. */
  readonly plant: object | null
  /** The board once its bundle is there; it sees requests of signed-in people only. */
  readonly board: () => { readonly fetch: (request: Request) => Response | Promise<Response> } | null
  readonly log: (line: string) => void
}

/** One address for the whole stack: passes on what belongs to a part, answers the rest. */
export function createGateway(options: GatewayOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const own = getRequestListener(ownRoutes(options).fetch)
  return (request, response) => {
    const path = request.url!.split('?', 1)[0]!
    const route = routeFor(path)
    if (route === null) {
      void own(request, response)
      return
    }
    const name = route.to
    const part = options.parts[name]
    if (part === null) {
      answerUnavailable(request, response, name)
      return
    }
    const token = tokenOf(request.headers.authorization)
    const isOperator = token !== null && options.sessions.isOperator(token)
    if (part.checks === 'gateway') {
      const mayRead = request.method === 'GET' && options.sessions.isSignedIn(request.headers.cookie)
      if (!isOperator && !mayRead) {
        refuse(request, response, new ApiError('unauthorized', 'unauthorized access'))
        return
      }
    }
    const isPerson =
      route.people === true &&
      token === null &&
      isOfThisPage(request) &&
      options.sessions.isSignedIn(request.headers.cookie)
    const replaced =
      part.token !== undefined && (isOperator || isPerson || part.checks === 'gateway')
        ? { authorization: `Token ${part.token}` }
        : {}
    const pass = (): void => proxy(request, response, { name, url: part.url, ...replaced })
    if (options.settle === undefined || !deletes(request.method, path)) {
      pass()
      return
    }
    void options.settle().then((reason) => {
      if (reason === null) pass()
      else refuse(request, response, new ApiError('unavailable', `nothing was deleted: ${reason}`))
    })
  }
}

/** Whether a request takes points away. */
const deletes = (method: string | undefined, path: string): boolean =>
  (method === 'POST' && path === '/api/v2/delete') ||
  (method === 'DELETE' && /^\/api\/v2\/(?:buckets|orgs)\/[^/]+$/.test(path))

function refuse(request: IncomingMessage, response: ServerResponse, error: ApiError): void {
  request.resume()
  response.writeHead(error.status, Object.fromEntries(errorResponse(error).headers))
  response.end(JSON.stringify(error.toBody()))
}

/** A page of another origin on this machine would bring the cookie along: browsers say where a request that changes something is from. */
function isOfThisPage({ method, headers }: IncomingMessage): boolean {
  if (method === 'GET' || method === 'HEAD') return true
  const { origin, host } = headers
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host
}

function ownRoutes({ parts, sessions, health, ready, progress, plant, board, log }: GatewayOptions): Hono {
  const app = new Hono()
  app.onError((error) => errorResponse(asApiError(error, log)))
  app.all('/health', health)
  app.all('/ready', ready)
  app.route('/', signInRoutes(sessions))
  app.use('*', async (c, next) => {
    const token = tokenOf(c.req.header('authorization'))
    if (token !== null ? sessions.isOperator(token) : sessions.isSignedIn(c.req.header('cookie'))) return next()
    const wantsPage = c.req.method === 'GET' && (c.req.header('accept') ?? '').includes('text/html')
    if (wantsPage) return c.redirect('/sign-in', 303)
    throw new ApiError('unauthorized', 'unauthorized access')
  })
  app.get('/api/v1/progress', (c) => c.json(progress(), 200, { 'Cache-Control': 'no-store' }))
  const document = async () =>
    mergeOpenApi(
      await documentsOf([parts.ingestor, parts.analytics].flatMap((part) => (part === null ? [] : [part.url]))),
    )
  app.get('/api/v1/openapi.json', async (c) => c.json(await document()))
  app.get('/api', async (c) => c.html(apiPage(await document()), 200, { 'Cache-Control': 'no-store' }))
  app.get('/api/v1/plant', (c) => {
    if (plant !== null) return c.json(plant)
    throw new ApiError(
      'not found',
      'there is no plant model; start with --plant plant.yaml (docs/plant.yaml is one to start from)',
    )
  })
  app.all('*', (c) => {
    const page = board()
    if (page !== null) return page.fetch(c.req.raw)
    if (c.req.method === 'GET' && (c.req.header('accept') ?? '').includes('text/html'))
      return c.html(buildingPage(), 200, { 'Cache-Control': 'no-store' })
    throw new ApiError('unavailable', 'the board is still being put together; try again')
  })
  return app
}
