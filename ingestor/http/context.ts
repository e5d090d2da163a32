import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Clock } from '../../lib/clock.ts'
import { ApiError } from '../../lib/errors.ts'
import { formatInstant } from '../../lib/time/instant.ts'
import type { Applied, Author, ContextStore } from '../context/context-store.ts'
import { type ContextInterval, type ContextValues, contextTags } from '../context/interval.ts'
import type { Pseudonyms } from '../context/pseudonyms.ts'
import type { Corrections } from '../corrections/corrections.ts'
import { earliestNs, latestNs } from '../corrections/stored-points.ts'
import { LogUnavailable } from '../log/unavailable.ts'
import { operatorId } from '../tokens/token-store.ts'
import { body, instant, instantNs, json, links, page, paged, refused } from './schemas.ts'

const value = z.string().min(1).max(256)
const values = { lot: value.optional(), product: value.optional(), operator: value.optional(), order: value.optional() }
const stretch = {
  from: instant,
  to: instant.nullable().optional().openapi({ description: 'end, not included; without it the interval stays open' }),
}
const intervalShape = z.strictObject({ ...values, ...stretch }).openapi('ContextInterval', {
  description:
    'what ran on a machine in [from, to). Where two overlap, the one that was posted later holds; one with the same start replaces the other',
  example: { lot: '17', product: 'bracket-40', operator: 'Ada', order: 'A-10432', from: '2026-03-01T06:00:00Z' },
})
const machineName = z.string().min(1).max(256)
const ofMachineShape = z.strictObject({ machine: machineName, ...values, ...stretch }).openapi('MachineContextInterval')
const known = { lot: value.optional(), product: value.optional(), operator: value.optional(), order: value.optional() }
const pieceShape = z.object({ ...known, from: instant, to: instant.nullable() }).openapi('ContextPiece', {
  description: 'what holds in [from, to), overlaps resolved; `to` null: until further notice',
})
const postedShape = z
  .object({ ...known, from: instant, to: instant.nullable(), revision: z.int() })
  .openapi('PostedInterval', {
    description: 'an interval as it was posted; where two overlap, the greater revision holds',
  })
const runningShape = z
  .object({
    machine: z.string(),
    now: pieceShape.nullable().openapi({ description: 'what runs now; null where nothing is known' }),
    running: z.array(postedShape).openapi({ description: 'posted intervals that cover now, the one that holds first' }),
  })
  .openapi('MachineContext')
const takenShape = z
  .object({
    intervals: z.int(),
    machines: z.int(),
    changes: z.int().openapi({ description: 'stretches of time in which another context holds now' }),
  })
  .openapi('ContextTaken', { description: 'points that are there already follow: see /api/v1/context/audit' })
const auditShape = z
  .object({
    id: z.string(),
    at: instant,
    who: z.string().openapi({ description: 'id of the token' }),
    machine: z.string(),
    what: z.string(),
    from: instant.nullable(),
    to: instant.nullable(),
    points: z.int().openapi({ description: 'points that got other tags' }),
    corrected_at: instant,
  })
  .openapi('ContextAudit')
const machineParameter = z.object({ machine: machineName })
/** So many intervals one request may bring. */
const intervalsMax = 200_000

const list = createRoute({
  method: 'get',
  path: '/api/v1/context/machines',
  tags: ['context'],
  summary: 'Machines, each with what runs now',
  request: { query: page },
  responses: {
    200: json(z.object({ machines: z.array(runningShape), links }), 'the machines'),
    400: refused,
    401: refused,
  },
})
const show = createRoute({
  method: 'get',
  path: '/api/v1/context/machines/{machine}',
  tags: ['context'],
  summary: 'What ran on a machine: intervals as posted, and what holds when; by start, a page of each',
  request: {
    params: machineParameter,
    query: page.extend({
      from: instant.optional().openapi({ description: 'only what ends after it' }),
      to: instant.optional().openapi({ description: 'only what starts before it' }),
    }),
  },
  responses: {
    200: json(
      z.object({ machine: z.string(), intervals: z.array(postedShape), pieces: z.array(pieceShape), links }),
      'intervals and pieces; a machine of which nothing is known has none',
    ),
    400: refused,
    401: refused,
  },
})
const put = createRoute({
  method: 'put',
  path: '/api/v1/context/machines/{machine}',
  tags: ['context'],
  summary: 'Say what ran on a machine: one interval or a list, on disk before the answer',
  request: {
    params: machineParameter,
    body: body(z.union([intervalShape, z.array(intervalShape).min(1).max(intervalsMax)])),
  },
  responses: { 200: json(takenShape, 'taken'), 400: refused, 401: refused, 413: refused, 503: refused },
})
const remove = createRoute({
  method: 'delete',
  path: '/api/v1/context/machines/{machine}',
  tags: ['context'],
  summary: 'Remove the interval that starts at `from`, for good',
  request: { params: machineParameter, query: z.object({ from: instant }) },
  responses: { 200: json(takenShape, 'removed'), 400: refused, 401: refused, 404: refused, 503: refused },
})
const post = createRoute({
  method: 'post',
  path: '/api/v1/context/intervals',
  tags: ['context'],
  summary: 'Say what ran on many machines: all of it is taken, or nothing',
  request: { body: body(z.strictObject({ intervals: z.array(ofMachineShape).min(1).max(intervalsMax) })) },
  responses: { 200: json(takenShape, 'taken'), 400: refused, 401: refused, 413: refused, 503: refused },
})
const audit = createRoute({
  method: 'get',
  path: '/api/v1/context/audit',
  tags: ['context'],
  summary: 'Who changed what, and how many points followed; newest first',
  request: { query: page.extend({ machine: machineName.optional() }) },
  responses: {
    200: json(
      z.object({
        audit: z.array(auditShape),
        waiting: z.int().openapi({ description: 'changes whose points do not agree yet' }),
        trouble: z.string().nullable().openapi({ description: 'why they wait' }),
        links,
      }),
      'the entries',
    ),
    400: refused,
    401: refused,
  },
})

export interface ContextTools {
  readonly context: ContextStore
  readonly corrections: Corrections
  /** Null: names are kept as they come. */
  readonly pseudonyms: Pseudonyms | null
  readonly clock: Clock
  /** Of the plant model: they are listed also while nothing is known of them. */
  readonly plantMachines: readonly string[]
}

type Posted = Omit<ContextInterval, 'revision'>

/** The addresses of what ran when. */
export function contextRoutes(
  app: OpenAPIHono,
  { context, corrections, pseudonyms, clock, plantMachines }: ContextTools,
): void {
  // Only the operator's token gets here.
  const author = (): Author => ({ who: operatorId, atNs: clock.nowNs() })
  const take = async (intervals: readonly Posted[]): Promise<z.output<typeof takenShape>> => {
    const applied = await kept(() => context.put(intervals, author()))
    corrections.add(applied)
    return takenOf(applied, intervals.length)
  }
  const postedOf = (machine: string, { from, to, ...given }: z.output<typeof intervalShape>, place: string): Posted => {
    const fromNs = boundedNs(from, `${place}from`)
    const toNs = to === undefined || to === null ? null : boundedNs(to, `${place}to`)
    const said = valuesOf(given)
    if (Object.keys(said).length === 0)
      throw new ApiError(
        'invalid',
        `${place === '' ? 'the interval' : place.slice(0, -1)} says nothing: give lot, product, operator or order`,
      )
    if (toNs !== null && toNs <= fromNs)
      throw new ApiError('invalid', `${place}to: the interval ends at or before its start`)
    const { operator } = said
    return {
      machine,
      fromNs,
      toNs,
      ...said,
      ...(operator === undefined || pseudonyms === null ? {} : { operator: pseudonyms.of(operator) }),
    }
  }

  app.openapi(list, (c) => {
    const nowNs = clock.nowNs()
    const names = [...new Set([...plantMachines, ...context.book.machines])].sort((a, b) =>
      a.localeCompare(b, 'en', { numeric: true }),
    )
    const { rows, links: next } = paged(names, c.req.valid('query'), '/api/v1/context/machines')
    const machines = rows.map((machine) => {
      const now = context.book.pieces(machine).find((piece) => covers(piece, nowNs))
      const running = context.book
        .intervals(machine)
        .filter((interval) => covers(interval, nowNs))
        .sort((a, b) => b.revision - a.revision)
      return {
        machine,
        now: now === undefined ? null : { ...now.values, ...stretchOf(now) },
        running: running.map(postedView),
      }
    })
    return c.json({ machines, links: next }, 200)
  })
  app.openapi(show, (c) => {
    const { machine } = c.req.valid('param')
    const { limit, offset, from, to } = c.req.valid('query')
    const fromNs = from === undefined ? null : instantNs(from, 'from')
    const toNs = to === undefined ? null : instantNs(to, 'to')
    const wanted = (one: { readonly fromNs: bigint; readonly toNs: bigint | null }): boolean =>
      (toNs === null || one.fromNs < toNs) && (fromNs === null || one.toNs === null || one.toNs > fromNs)
    const query = new URLSearchParams({
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    })
    const path = `/api/v1/context/machines/${encodeURIComponent(machine)}${query.size > 0 ? `?${query}` : ''}`
    const intervals = paged(context.book.intervals(machine).filter(wanted), { limit, offset }, path)
    const pieces = paged(context.book.pieces(machine).filter(wanted), { limit, offset }, path)
    return c.json(
      {
        machine,
        intervals: intervals.rows.map(postedView),
        pieces: pieces.rows.map((piece) => ({ ...piece.values, ...stretchOf(piece) })),
        links: { ...intervals.links, ...pieces.links },
      },
      200,
    )
  })
  app.openapi(put, async (c) => {
    const { machine } = c.req.valid('param')
    const given = c.req.valid('json')
    const intervals = Array.isArray(given)
      ? given.map((one, i) => postedOf(machine, one, `${i}.`))
      : [postedOf(machine, given, '')]
    return c.json(await take(intervals), 200)
  })
  app.openapi(post, async (c) => {
    const { intervals } = c.req.valid('json')
    return c.json(await take(intervals.map(({ machine, ...one }, i) => postedOf(machine, one, `intervals.${i}.`))), 200)
  })
  app.openapi(remove, async (c) => {
    const { machine } = c.req.valid('param')
    const { from } = c.req.valid('query')
    const applied = await kept(() => context.delete(machine, instantNs(from, 'from'), author()))
    if (applied === null)
      throw new ApiError('not found', `no interval of machine ${JSON.stringify(machine)} starts at ${from}`)
    corrections.add(applied)
    return c.json(takenOf(applied, 1), 200)
  })
  app.openapi(audit, (c) => {
    const { machine, ...at } = c.req.valid('query')
    const path = `/api/v1/context/audit${machine === undefined ? '' : `?${new URLSearchParams({ machine })}`}`
    const { rows, links: next } = paged(corrections.audit.list(machine), at, path)
    return c.json({ audit: [...rows], waiting: corrections.waiting, trouble: corrections.trouble, links: next }, 200)
  })
}

/** What cannot be written as a tag is the sender's mistake; a log that takes nothing passes. */
async function kept<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof RangeError) throw new ApiError('invalid', error.message)
    if (error instanceof LogUnavailable)
      throw new ApiError('unavailable', `${error.message}; nothing was taken, send it again`)
    throw error
  }
}

/** @throws ApiError for a time that no InfluxDB holds */
function boundedNs(text: string, name: string): bigint {
  const ns = instantNs(text, name)
  if (ns >= earliestNs && ns <= latestNs) return ns
  throw new ApiError(
    'invalid',
    `${name}: "${text}" lies outside of ${formatInstant(earliestNs)} to ${formatInstant(latestNs)}`,
  )
}

const takenOf = ({ operation, changes }: Applied, intervals: number): z.output<typeof takenShape> => ({
  intervals,
  machines: operation.kind === 'delete' ? 1 : new Set(operation.intervals.map(({ machine }) => machine)).size,
  changes: changes.length,
})

const covers = ({ fromNs, toNs }: { readonly fromNs: bigint; readonly toNs: bigint | null }, ns: bigint): boolean =>
  fromNs <= ns && (toNs === null || ns < toNs)

const stretchOf = ({ fromNs, toNs }: { readonly fromNs: bigint; readonly toNs: bigint | null }) => ({
  from: formatInstant(fromNs),
  to: toNs === null ? null : formatInstant(toNs),
})

const postedView = (interval: ContextInterval): z.output<typeof postedShape> => ({
  ...valuesOf(interval),
  ...stretchOf(interval),
  revision: interval.revision,
})

const valuesOf = (given: { readonly [tag in keyof ContextValues]?: string | undefined }): ContextValues =>
  Object.fromEntries(contextTags.flatMap((tag) => (given[tag] === undefined ? [] : [[tag, given[tag]]])))
