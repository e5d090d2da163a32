import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { ApiError } from '../../lib/errors.ts'
import type { FieldValue } from '../../lib/line-protocol/decode.ts'
import { formatInstant } from '../../lib/time/instant.ts'
import type { Quarantine } from '../quarantine/quarantine.ts'
import { earliestNs, latestNs, type Selection } from '../quarantine/selection.ts'
import { body, instant, instantNs, json, links, page, refused } from './schemas.ts'

const text = z.string().min(1)
const selectionShape = z.object({
  machine: text.optional(),
  sensor: text.optional(),
  measurement: text.optional(),
  from: instant.optional().openapi({ description: 'time of the first point' }),
  to: instant.optional().openapi({ description: 'time behind the last point' }),
})
type GivenSelection = z.output<typeof selectionShape>
const pointShape = z
  .object({
    measurement: z.string(),
    tags: z.record(z.string(), z.string()),
    fields: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
    time: instant,
  })
  .openapi('QuarantinedPoint')

/** Pages reach so far; a narrower selection shows more. */
const reachMax = 10_000

const list = createRoute({
  method: 'get',
  path: '/api/v1/quarantine',
  tags: ['quarantine'],
  summary: 'Readings out of their plausible range, oldest first',
  request: { query: selectionShape.extend(page.shape) },
  responses: {
    200: json(z.object({ points: z.array(pointShape), links }), 'the points, with the context of their time'),
    400: refused,
    401: refused,
    503: refused,
  },
})
const release = createRoute({
  method: 'post',
  path: '/api/v1/quarantine/release',
  tags: ['quarantine'],
  summary: 'Move points to the raw bucket: they were right after all',
  description:
    'Answers once the store has them in the raw bucket and no longer in the quarantine. Sent again it moves what is left.',
  request: {
    body: body(
      z
        .strictObject({ ...selectionShape.shape, all: z.literal(true).optional() })
        .openapi('Release', { example: { machine: 'press-1', sensor: 'oil' } }),
    ),
  },
  responses: {
    200: json(
      z.object({
        released: z.int(),
        more: z.boolean().openapi({ description: 'some are left: send the request again' }),
      }),
      'so many points were moved',
    ),
    400: refused,
    401: refused,
    503: refused,
  },
})
const discard = createRoute({
  method: 'delete',
  path: '/api/v1/quarantine',
  tags: ['quarantine'],
  summary: 'Delete points of the quarantine for good',
  request: { query: selectionShape.extend({ all: z.literal('true').optional() }) },
  responses: {
    200: json(z.object({ discarded_values: z.int() }), 'so many values (fields of points) were deleted'),
    400: refused,
    401: refused,
    503: refused,
  },
})

/** The addresses of the quarantine. */
export function quarantineRoutes(app: OpenAPIHono, { quarantine }: { readonly quarantine: Quarantine }): void {
  app.openapi(list, async (c) => {
    const { limit, offset, ...given } = c.req.valid('query')
    if (offset + limit > reachMax)
      throw new ApiError(
        'invalid',
        `pages reach up to the ${reachMax}th point: narrow the selection by machine, sensor or time`,
      )
    const points = await quarantine.list(selectionOf(given), offset + limit + 1)
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(given)) if (value !== undefined) query.set(name, value)
    query.set('limit', String(limit))
    query.set('offset', String(offset + limit))
    const more = points.length > offset + limit
    return c.json(
      {
        points: points.slice(offset, offset + limit).map(({ measurement, tags, fields, timeNs }) => ({
          measurement,
          tags: Object.fromEntries(tags),
          fields: Object.fromEntries(fields.map(([name, value]) => [name, plain(value)])),
          time: formatInstant(timeNs),
        })),
        links: more ? { next: `/api/v1/quarantine?${query}` } : {},
      },
      200,
    )
  })
  app.openapi(release, async (c) => {
    const { all, ...given } = c.req.valid('json')
    const { points, more } = await quarantine.release(narrowed(given, all !== undefined))
    return c.json({ released: points, more }, 200)
  })
  app.openapi(discard, async (c) => {
    const { all, ...given } = c.req.valid('query')
    return c.json({ discarded_values: await quarantine.discard(narrowed(given, all !== undefined)) }, 200)
  })
}

function selectionOf({ from, to, ...names }: GivenSelection): Selection {
  const fromNs = from === undefined ? earliestNs : instantNs(from, 'from')
  const toNs = to === undefined ? latestNs : instantNs(to, 'to')
  if (fromNs >= toNs) throw new ApiError('invalid', 'from must lie before to')
  return { ...names, fromNs, toNs }
}

/** @throws ApiError where everything would be meant and nobody said so */
function narrowed(given: GivenSelection, all: boolean): Selection {
  const isNarrow = Object.values(given).some((value) => value !== undefined)
  if (!isNarrow && !all)
    throw new ApiError(
      'invalid',
      'name a machine, sensor, measurement or time, or say all (true) for the whole quarantine',
    )
  if (isNarrow && all) throw new ApiError('invalid', 'say either all or which')
  return selectionOf(given)
}

/** As JSON has it: a whole number that no double holds as text. */
const plain = (value: FieldValue): number | string | boolean => {
  const whole = typeof value === 'object' ? value.uint : value
  if (typeof whole !== 'bigint') return whole
  return Number.isSafeInteger(Number(whole)) ? Number(whole) : String(whole)
}
