import { z } from '@hono/zod-openapi'
import { ApiError } from '../../lib/errors.ts'
import { parseInstant } from '../../lib/time/instant.ts'

/** Shapes that several addresses of the ingestor share. */
export const instant = z.string().openapi({ format: 'date-time', example: '2026-03-01T06:00:00Z' })
export const errorShape = z.object({ code: z.string(), message: z.string() }).openapi('Error')
export const page = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  offset: z.coerce.number().int().min(0).default(0),
})
export const links = z.object({
  next: z.string().optional().openapi({ description: 'the next page, if there is one' }),
})

export const json = <Shape extends z.ZodType>(schema: Shape, description: string) => ({
  content: { 'application/json': { schema } },
  description,
})
export const body = <Shape extends z.ZodType>(schema: Shape) => ({
  content: { 'application/json': { schema } },
  required: true,
})
export const refused = json(errorShape, 'refused, with the reason')

/** @throws ApiError that names the member and what it should look like */
export function instantNs(text: string, name: string): bigint {
  const ns = parseInstant(text)
  if (ns === null)
    throw new ApiError('invalid', `${name}: "${text}" is no time such as 2026-03-01T06:00:00Z (a zone is needed)`)
  return ns
}

/** One page of a list, and the way to the next one. @param path with its other parameters, without `limit` and `offset` */
export function paged<T>(
  all: readonly T[],
  { limit, offset }: { readonly limit: number; readonly offset: number },
  path: string,
): { readonly rows: readonly T[]; readonly links: { readonly next?: string } } {
  const more = offset + limit < all.length
  const next = `${path}${path.includes('?') ? '&' : '?'}limit=${limit}&offset=${offset + limit}`
  return { rows: all.slice(offset, offset + limit), links: more ? { next } : {} }
}
