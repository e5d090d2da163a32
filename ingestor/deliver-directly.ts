import { ApiError, type ErrorCode, statusOf } from '../lib/errors.ts'
import { type InfluxRequests, InfluxUnreachable } from '../lib/http/influx-request.ts'
import type { Batch } from './batch.ts'

/** What the store said to a batch it took, at least in part. */
export interface Delivered {
  /** null when all of it is committed; else the store's own words about the points it dropped (422). */
  readonly partial: string | null
}

/**
 * Hands a batch to the store and waits until it is committed.
 * @throws ApiError 503 while the store cannot be reached, is not set up or refuses our own token: the sender keeps its
 *   batch and tries again. (No `Retry-After`: the official JavaScript client reads it as milliseconds and gives up.)
 * @throws BucketGone when the bucket is not there
 * @throws ApiError with the store's words when it refuses the batch itself (400, 413)
 */
export async function deliver(
  batch: Pick<Batch, 'bytes' | 'bucket' | 'precision'>,
  store: InfluxRequests,
  org: string,
): Promise<Delivered> {
  const query = new URLSearchParams({ org, bucket: batch.bucket, precision: batch.precision })
  const answer = await store
    .ask('POST', `/api/v2/write?${query}`, batch.bytes, { 'Content-Type': 'text/plain; charset=utf-8' })
    .catch((error: unknown) => {
      if (error instanceof InfluxUnreachable)
        throw new ApiError(
          'unavailable',
          'the store cannot be reached; nothing was acknowledged, send it again',
          {},
          { cause: error },
        )
      throw error
    })
  if (answer.status >= 200 && answer.status < 300) return { partial: null }
  const { code, message } = shapeOf(answer.text)
  switch (answer.status) {
    case 422:
      return { partial: message }
    case 400:
    case 413:
      throw new ApiError(code ?? 'invalid', message)
    case 401:
    case 403:
      throw new ApiError(
        'unavailable',
        "the store refuses the ingestor's own token; nothing was acknowledged, send it again",
      )
    case 404:
      throw new BucketGone(message)
    default:
      throw new ApiError('unavailable', `the store answered ${answer.status}: ${message}`)
  }
}

/** The store has no such bucket (any more). */
export class BucketGone extends Error {
  override readonly name = 'BucketGone'
}

/** Code and message of an answer in InfluxDB's shape; the text itself where it has none. */
export function shapeOf(text: string): { readonly code: ErrorCode | null; readonly message: string } {
  try {
    const { code, message } = JSON.parse(text) as { code?: unknown; message?: unknown }
    return {
      code: typeof code === 'string' && code in statusOf ? (code as ErrorCode) : null,
      message: typeof message === 'string' ? message : text.slice(0, 300),
    }
  } catch {
    return { code: null, message: text.slice(0, 300) }
  }
}
