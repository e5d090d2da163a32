import { z } from 'zod'
import { ApiError } from '../../lib/errors.ts'

const ms = z.number().int().min(-9_000_000_000_000).max(9_000_000_000_000)
const chosen = z.object({ all: z.boolean(), values: z.array(z.string().max(1_000)).max(1_000) })
const asked = z.object({
  dashboard: z.string().max(200),
  fromMs: ms,
  toMs: ms,
  variables: z.record(z.string().max(200), chosen),
})

export const panelQuestion = asked.extend({
  panel: z.number().int(),
  intervalMs: z.number().int().min(1).max(31_622_400_000),
  maxDataPoints: z.number().int().min(1).max(10_000),
})

export const variableQuestion = asked.extend({ variable: z.string().max(200) })

/** The body of a request as what it must be. @throws ApiError invalid, saying which part is wrong */
export async function readQuestion<T extends { readonly fromMs: number; readonly toMs: number }>(
  request: Request,
  schema: z.ZodType<T>,
): Promise<T> {
  const body: unknown = await request.json().catch(() => {
    throw new ApiError('invalid', 'the body is not JSON')
  })
  const read = schema.safeParse(body)
  if (!read.success) {
    const [issue] = read.error.issues
    throw new ApiError('invalid', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`)
  }
  if (read.data.toMs <= read.data.fromMs) throw new ApiError('invalid', 'the range of time is empty')
  return read.data
}
