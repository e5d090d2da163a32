import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { ApiError } from '../../lib/errors.ts'
import { formatInstant } from '../../lib/time/instant.ts'
import { type Precision, precisions } from '../accepted-write.ts'
import {
  type DeadLetter,
  type DeadLetterReason,
  type DeadLetterState,
  deadLetterReasons,
} from '../dead-letters/letter.ts'
import type { DeadLetterStore } from '../dead-letters/store.ts'
import { isHeldBack } from '../events/arrival.ts'
import type { EventReader } from '../events/event-kinds.ts'
import type { Intake } from '../intake/intake.ts'
import type { TokenScope } from '../intake/rights.ts'
import type { TokenStore } from '../tokens/token-store.ts'
import { body, instant, json, links, page, paged, refused } from './schemas.ts'

const reasons = Object.keys(deadLetterReasons) as [DeadLetterReason, ...DeadLetterReason[]]
const states = ['open', 'replayed', 'discarded'] as const satisfies readonly DeadLetterState[]

const letterShape = z
  .object({
    id: z.int(),
    at: instant,
    state: z.enum(states),
    reason: z.enum(reasons),
    message: z.string().openapi({ description: 'what is wrong, and how to mend it' }),
    bucket: z.string(),
    precision: z.enum(precisions),
    token: z.string().openapi({ description: 'id of the token it came by' }),
    source: z.string().openapi({ description: 'line protocol, energy event, json event, or delivery' }),
    line: z.int().openapi({ description: 'line in the request, or place in its list, from 1; 0 when there was none' }),
    offset: z.int().openapi({ description: 'bytes before it in the request' }),
    text: z.string().openapi({ description: 'the original bytes as UTF-8' }),
    base64: z.string().optional().openapi({ description: 'the original bytes, where they are no UTF-8' }),
  })
  .openapi('DeadLetter')
const mendedShape = z
  .object({
    text: z.string().optional().openapi({
      description:
        'the mended lines, or events in the form they came; without it the original is tried again, save an event that was held back for the value of another',
    }),
    bucket: z.string().optional(),
    precision: z.enum(precisions).optional(),
  })
  .openapi('MendedLetter')
const resultShape = z
  .object({
    replayed: z.int(),
    failed: z.array(z.object({ id: z.int(), message: z.string() })),
  })
  .openapi('ReplayResult')
const idParameter = z.object({ id: z.coerce.number().int().positive() })

const list = createRoute({
  method: 'get',
  path: '/api/v1/dead-letters',
  tags: ['dead letters'],
  summary: 'Lines that were not stored, newest first',
  request: { query: page.extend({ state: z.enum(states).optional(), reason: z.enum(reasons).optional() }) },
  responses: {
    200: json(
      z.object({
        dead_letters: z.array(letterShape),
        open_by_reason: z.record(z.string(), z.int()),
        dropped_by_retention: z.int(),
        links,
      }),
      'the letters',
    ),
    400: refused,
    401: refused,
  },
})
const show = createRoute({
  method: 'get',
  path: '/api/v1/dead-letters/{id}',
  tags: ['dead letters'],
  summary: 'One dead letter',
  request: { params: idParameter },
  responses: { 200: json(letterShape, 'the letter'), 401: refused, 404: refused },
})
const replayOne = createRoute({
  method: 'post',
  path: '/api/v1/dead-letters/{id}/replay',
  tags: ['dead letters'],
  summary: 'Try a letter again, mended or as it is',
  request: { params: idParameter, body: body(mendedShape) },
  responses: { 200: json(letterShape, 'it is stored now'), 400: refused, 401: refused, 404: refused, 503: refused },
})
const replayMany = createRoute({
  method: 'post',
  path: '/api/v1/dead-letters/replay',
  tags: ['dead letters'],
  summary: 'Try all open letters of a reason again, as they are',
  request: { body: body(z.object({ reason: z.enum(reasons).optional(), ids: z.array(z.int()).optional() })) },
  responses: { 200: json(resultShape, 'what became of them'), 400: refused, 401: refused, 503: refused },
})
const discard = createRoute({
  method: 'delete',
  path: '/api/v1/dead-letters/{id}',
  tags: ['dead letters'],
  summary: 'Put a letter aside: it is kept until retention takes it, and not counted as open any more',
  request: { params: idParameter },
  responses: { 204: { description: 'put aside' }, 401: refused, 404: refused },
})

export interface DeadLetterTools {
  readonly letters: DeadLetterStore
  readonly events: EventReader
  readonly intake: Intake
  /** Letters are tried again in the name of whoever mends them. */
  readonly scope: TokenScope
  /** Tags that a letter's token puts on its lines are put on them again. */
  readonly tokens: TokenStore
}

/** The addresses of the dead letters. */
export function deadLetterRoutes(app: OpenAPIHono, { letters, events, intake, scope, tokens }: DeadLetterTools): void {
  const letterOf = async (id: number) => {
    const letter = await letters.get(id)
    if (letter === null) throw new ApiError('not found', `there is no dead letter ${id}`)
    return letter
  }
  /** In the name of whoever mends it, with the tags of the token it came by; unless those were the very trouble. */
  const scopeFor = (letter: DeadLetter): TokenScope => {
    const { tokenId, reason, source } = letter
    const isWithout = reason === 'forbidden' || source === 'delivery'
    // Letters of earlier versions do not say.
    const forcedTags = isWithout ? {} : (letter.forcedTags ?? tokens.forcedTagsOf(tokenId))
    return Object.keys(forcedTags).length === 0 ? scope : { ...scope, id: `${scope.id} for ${tokenId}`, forcedTags }
  }
  const replay = async (letter: DeadLetter, mended: z.output<typeof mendedShape>): Promise<void> => {
    const bytes = mended.text === undefined ? Buffer.from(letter.bytes) : Buffer.from(mended.text)
    const { source, tags = {} } = letter
    const isEvent = source === 'energy event' || source === 'json event'
    const arrival = isEvent ? await events.read({ kind: source, bytes, tags }, letter.atNs) : null
    if (mended.text === undefined && arrival?.origin.bad.length === 0 && mayBeHeldBack(letter))
      throw new ApiError(
        'invalid',
        `as it is, letter ${letter.id} may be written over the value it was held back for (${letter.message}); send its text, mended or the same, where that is meant`,
      )
    const lines = arrival ?? { bytes, precision: mended.precision ?? (letter.precision as Precision) }
    const refusal = await new Promise<ApiError | null>((resolve) =>
      intake.take(
        { ...lines, bucket: mended.bucket ?? letter.bucket, scope: scopeFor(letter), replayOfNs: letter.atNs },
        resolve,
      ),
    )
    if (refusal !== null) throw refusal
    await letters.mark(letter.id, 'replayed')
  }

  app.openapi(list, async (c) => {
    const { limit, offset, state, reason } = c.req.valid('query')
    const query = new URLSearchParams()
    if (state !== undefined) query.set('state', state)
    if (reason !== undefined) query.set('reason', reason)
    const path = `/api/v1/dead-letters${query.size > 0 ? `?${query}` : ''}`
    const { rows, links: next } = paged(letters.list({ state, reason }), { limit, offset }, path)
    const whole = await Promise.all(rows.map(({ id }) => letters.get(id)))
    return c.json(
      {
        dead_letters: whole.flatMap((letter) => (letter === null ? [] : [shapeOf(letter)])),
        open_by_reason: Object.fromEntries(letters.openByReason()),
        dropped_by_retention: letters.droppedByRetention,
        links: next,
      },
      200,
    )
  })
  app.openapi(show, async (c) => c.json(shapeOf(await letterOf(c.req.valid('param').id)), 200))
  app.openapi(replayMany, async (c) => {
    const { reason, ids } = c.req.valid('json')
    const wanted = letters.list({ state: 'open', reason }).filter(({ id }) => ids === undefined || ids.includes(id))
    const failed: { id: number; message: string }[] = []
    // Oldest first, as they came.
    for (const { id } of [...wanted].reverse()) {
      try {
        await replay(await letterOf(id), {})
      } catch (error) {
        if (!(error instanceof ApiError) || error.code === 'unavailable') throw error
        failed.push({ id, message: error.message })
      }
    }
    return c.json({ replayed: wanted.length - failed.length, failed }, 200)
  })
  app.openapi(replayOne, async (c) => {
    const letter = await letterOf(c.req.valid('param').id)
    await replay(letter, c.req.valid('json'))
    return c.json(shapeOf(await letterOf(letter.id)), 200)
  })
  app.openapi(discard, async (c) => {
    const { id } = await letterOf(c.req.valid('param').id)
    await letters.mark(id, 'discarded')
    return c.body(null, 204)
  })
}

/** Of the events that share a letter only the first one's message is known. */
const mayBeHeldBack = ({ source, reason, message }: DeadLetter): boolean =>
  source === 'json event' &&
  reason === 'event' &&
  (isHeldBack(message) || /^\d+ bad lines of one request/.test(message))

function shapeOf(letter: DeadLetter & { readonly state: DeadLetterState }): z.output<typeof letterShape> {
  const bytes = Buffer.from(letter.bytes)
  const text = bytes.toString('utf8')
  return {
    id: letter.id,
    at: formatInstant(letter.atNs),
    state: letter.state,
    reason: letter.reason,
    message: letter.message,
    bucket: letter.bucket,
    precision: letter.precision as Precision,
    token: letter.tokenId,
    source: letter.source,
    line: letter.line,
    offset: letter.byteOffset,
    text,
    ...(Buffer.from(text).equals(bytes) ? {} : { base64: bytes.toString('base64') }),
  }
}
