import { ApiError } from '../lib/errors.ts'
import type { EventError, LineError } from './batch.ts'

/** How the lines of one request were judged. */
export interface Judged {
  readonly goodLines: number
  readonly badLines: number
  /** The first bad ones, up to the cap. */
  readonly errors: readonly (LineError | EventError)[]
}

/** What a sender is told of a batch that was not taken whole; null when it was. */
export function refusalOf({ goodLines, badLines, errors }: Judged): ApiError | null {
  if (badLines === 0) return null
  const named = errors.map(sentenceOf).join('\n')
  const more = badLines > errors.length ? `\nand ${badLines - errors.length} more` : ''
  const details = { line_errors: errors, bad_lines: badLines, good_lines: goodLines }
  if (goodLines === 0)
    return new ApiError(
      'invalid',
      `no line was stored, all ${badLines} lie in the dead letters:\n${named}${more}`,
      details,
    )
  return new ApiError(
    'unprocessable entity',
    `partial write: ${badLines} of ${goodLines + badLines} lines were not stored and lie in the dead letters, the others are stored:\n${named}${more}`,
    details,
  )
}

/** `line 4: missing fields` */
export const sentenceOf = (error: LineError | EventError): string =>
  `${'index' in error ? `event ${error.index}` : `line ${error.line}`}: ${error.reason}`
