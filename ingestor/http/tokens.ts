import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Clock } from '../../lib/clock.ts'
import { ApiError } from '../../lib/errors.ts'
import type { Intake } from '../intake/intake.ts'
import { newTokenSchema, type StoredToken, scopeSchema, type TokenStore } from '../tokens/token-store.ts'
import { body, instant, json, links, page, paged, refused } from './schemas.ts'

const newTokenShape = newTokenSchema.openapi('NewToken', {
  description:
    'what a device may write: buckets and measurements (null: all), tags that are put on its lines and that it cannot change, how many series it may make (null: as the settings say)',
  example: { name: 'press 1', buckets: ['plant_raw'], forced_tags: { machine: 'press-1' } },
})
const tokenShape = z.object({ id: z.string(), created_at: instant, ...scopeSchema.shape }).openapi('Token')

const list = createRoute({
  method: 'get',
  path: '/api/v1/tokens',
  tags: ['tokens'],
  summary: 'Tokens of devices; the tokens themselves are not kept',
  request: { query: page },
  responses: { 200: json(z.object({ tokens: z.array(tokenShape), links }), 'the tokens'), 400: refused, 401: refused },
})
const create = createRoute({
  method: 'post',
  path: '/api/v1/tokens',
  tags: ['tokens'],
  summary: 'Make a token; this answer is the only one that shows it',
  request: { body: body(newTokenShape) },
  responses: {
    201: json(tokenShape.extend({ token: z.string() }), 'the token'),
    400: refused,
    401: refused,
  },
})
const revoke = createRoute({
  method: 'delete',
  path: '/api/v1/tokens/{id}',
  tags: ['tokens'],
  summary: 'Revoke a token: it is refused from now on',
  request: { params: z.object({ id: z.string() }) },
  responses: { 204: { description: 'revoked' }, 401: refused, 404: refused },
})

/** The addresses of the devices' tokens. */
export function tokenRoutes(
  app: OpenAPIHono,
  { tokens, intake, clock }: { readonly tokens: TokenStore; readonly intake: Intake; readonly clock: Clock },
): void {
  app.openapi(list, (c) => {
    const { rows, links: next } = paged(tokens.list(), c.req.valid('query'), '/api/v1/tokens')
    return c.json({ tokens: rows.map(withoutHash), links: next }, 200)
  })
  app.openapi(create, async (c) => {
    const { stored, token } = await tokens.create(c.req.valid('json'), Number(clock.nowNs() / 1_000_000n))
    return c.json({ ...withoutHash(stored), token }, 201)
  })
  app.openapi(revoke, async (c) => {
    const { id } = c.req.valid('param')
    if (!(await tokens.revoke(id))) throw new ApiError('not found', `there is no token ${id}`)
    intake.forgetToken(id)
    return c.body(null, 204)
  })
}

const withoutHash = ({ hash: _, ...token }: StoredToken) => token
