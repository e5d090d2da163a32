import { ApiError } from '../../lib/errors.ts'
import { checkedId } from './find.ts'

/** Which part of a list is asked for. */
export interface PageOf {
  readonly limit: number
  readonly offset: number
  readonly after: string | null
  readonly descending: boolean
  readonly sortBy: string | null
}

const limitMax = 100

/** @throws ApiError for a limit out of bounds or what is no number */
export function pageOf(query: URLSearchParams): PageOf {
  const number = (name: string, fallback: number): number => {
    const text = query.get(name)
    if (text === null || text === '') return fallback
    if (!/^-?\d+$/.test(text)) throw new ApiError('invalid', `${name} is invalid`)
    return Number(text)
  }
  const limit = number('limit', 20)
  if (limit < 1 || limit > limitMax) throw new ApiError('invalid', `limit must be between 1 and ${limitMax}`)
  return {
    limit,
    offset: number('offset', 0),
    after: afterOf(query.get('after')),
    descending: query.get('descending') === 'true',
    sortBy: query.get('sortBy'),
  }
}

function afterOf(text: string | null): string | null {
  if (text === null || text === '') return null
  try {
    return checkedId(text)
  } catch (error) {
    throw error instanceof ApiError ? new ApiError('invalid', `decoding after: ${error.message}`) : error
  }
}

/** Links to this page, the next and the one before, parameters in alphabetical order. @param count entries of this page */
export function pageLinks(
  path: string,
  { limit, offset, after, descending, sortBy }: PageOf,
  shown: Readonly<Record<string, string>>,
  count: number,
): Record<string, string> {
  const link = (from: number): string => {
    const all: Record<string, string> = {
      ...shown,
      ...(after === null ? {} : { after }),
      ...(sortBy === null || sortBy === '' ? {} : { sortBy }),
      descending: String(descending),
      limit: String(limit),
      offset: String(from),
    }
    const parameters = Object.keys(all)
      .sort()
      .map((name) => [name, all[name]!] as [string, string])
    return `${path}?${new URLSearchParams(parameters)}`
  }
  return {
    ...(offset > 0 ? { prev: link(Math.max(0, offset - limit)) } : {}),
    self: link(offset),
    ...(count >= limit ? { next: link(offset + limit) } : {}),
  }
}
