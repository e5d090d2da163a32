import { ApiError } from '../lib/errors.ts'
import type { Validated } from './validate/validated.ts'

/**
 * What a sender is told of a batch that was not taken whole; null when it was.
 * @param partial the store's own words about points it dropped
 */
export function refusalOf(
  { goodLines, badLines, errors }: Omit<Validated, 'bytes'>,
  partial: string | null,
): ApiError | null {
  if (badLines === 0) return partial === null ? null : new ApiError('unprocessable entity', partial)
  const named = errors.map(({ line, reason }) => `line ${line}: ${reason}`).join('\n')
  const more = badLines > errors.length ? `\nand ${badLines - errors.length} more` : ''
  const details = { line_errors: errors, bad_lines: badLines, good_lines: goodLines }
  if (goodLines === 0) return new ApiError('invalid', `no line is a point:\n${named}${more}`, details)
  const stored = partial === null ? '' : `${partial}\n`
  return new ApiError(
    'unprocessable entity',
    `${stored}partial write: ${badLines} of ${goodLines + badLines} lines are no points and were dropped, the others are stored:\n${named}${more}`,
    details,
  )
}
