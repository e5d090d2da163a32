import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../lib/clock.ts'
import { ApiError } from '../../lib/errors.ts'
import { asApiError } from '../../lib/http/error-answer.ts'
import { readBody } from '../../lib/http/read-body.ts'
import { tokenOf } from '../../lib/tokens/authorization.ts'
import { inflate, isGzip } from '../decode/inflate.ts'
import type { PlaceTags } from '../events/energy-events.ts'
import { placeTagNames } from '../events/energy-events.ts'
import { type EventBody, type EventReader, eventKinds } from '../events/event-kinds.ts'
import { requestNameOf } from '../intake/request-name.ts'
import { answer } from './exchange.ts'
import { queryOf, type WriteOptions } from './write-requests.ts'

export interface EventOptions extends WriteOptions {
  readonly reader: EventReader
  readonly clock: Clock
  /** Organization and bucket of a request that names none. */
  readonly org: string
  readonly rawBucket: string
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void

/** The addresses of events: text of energy sensors and JSON, taken in as lines are. Everything else goes on to `others`. */
export function eventRequests(options: EventOptions, others: Listener): Listener {
  const { intake, tokens, destinations, limits, room, reader, clock, log } = options

  const bucketOf = async (query: URLSearchParams): Promise<string> => {
    const asked = new URLSearchParams(query)
    if (!query.get('org') && !query.get('orgID')) asked.set('org', options.org)
    if (!query.get('bucket')) asked.set('bucket', options.rawBucket)
    return destinations.of(asked)
  }

  const post = async (request: IncomingMessage, response: ServerResponse, kind: EventBody['kind']): Promise<void> => {
    const token = tokenOf(request.headers.authorization)
    const scope = token === null ? null : tokens.find(token)
    if (scope === null) throw new ApiError('unauthorized', 'unauthorized access')
    const query = queryOf(request.url!)
    const bucket = await bucketOf(query)
    if (scope.buckets !== null && !scope.buckets.includes(bucket))
      throw new ApiError('forbidden', 'insufficient permissions for write')
    const tags = kind === 'energy event' ? placeTagsOf(query) : {}
    const key = request.headers['idempotency-key']
    const sent = await readBody(request, limits.bodyBytesMax, room)
    const bytes = isGzip(request.headers['content-encoding']) ? await inflate(sent, limits) : sent
    const address = `${bucket} ${kind} ${JSON.stringify(tags)}`
    const name = requestNameOf(typeof key === 'string' ? key : undefined, bytes, address)
    const arrival = await reader.read({ kind, bytes, tags }, clock.nowNs())
    intake.take({ ...arrival, bucket, scope, name }, (refusal) => answer(request, response, refusal))
  }

  return (request, response) => {
    const url = request.url!
    const queryAt = url.indexOf('?')
    const kind = eventKinds[queryAt === -1 ? url : url.slice(0, queryAt)]
    if (kind === undefined) {
      others(request, response)
      return
    }
    if (request.method !== 'POST') {
      response.setHeader('Allow', 'OPTIONS, POST')
      answer(request, response, new ApiError('method not allowed', 'allow: OPTIONS, POST'))
      return
    }
    post(request, response, kind).catch((error: unknown) => answer(request, response, asApiError(error, log)))
  }
}

/** @throws ApiError for a tag that line protocol cannot hold */
function placeTagsOf(query: URLSearchParams): PlaceTags {
  const tags: Record<string, string> = {}
  for (const name of placeTagNames) {
    const value = query.get(name)
    if (value === null || value === '') continue
    if (/[\p{Cc}\\]/u.test(value) || value.length > 256)
      throw new ApiError('invalid', `${name}: at most 256 characters, no control characters and no backslash`)
    tags[name] = value
  }
  return tags
}
