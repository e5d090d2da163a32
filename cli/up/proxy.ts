import {
  Agent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { request as httpsRequest, Agent as SecureAgent } from 'node:https'
import { pipeline } from 'node:stream'
import { ApiError } from '../../lib/errors.ts'
import { errorHeaders } from '../../lib/http/error-answer.ts'

/** Headers that belong to one connection, not to the message (RFC 9110, 7.6.1). */
const perConnection = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]

const options = { keepAlive: true, maxSockets: 256 } as const
const agents = { 'http:': new Agent(options), 'https:': new SecureAgent(options) } as const

export interface ProxyTarget {
  /** What it is called in the sentence that says it is down. */
  readonly name: string
  readonly url: URL
  /** Replaces the sender's `Authorization`. */
  readonly authorization?: string
}

/** Passes a request on and its answer back, both as streams: nothing is held, and a sender who leaves ends it all. */
export function proxy(request: IncomingMessage, response: ServerResponse, target: ProxyTarget): void {
  const { url } = target
  const secure = url.protocol === 'https:'
  const passed = (secure ? httpsRequest : httpRequest)({
    agent: agents[secure ? 'https:' : 'http:'],
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    method: request.method,
    path: url.pathname.replace(/\/$/, '') + request.url!,
    headers: headersFor(request, target),
  })
  passed.on('response', (answer) => {
    const headers = withoutPerConnection(answer.headers)
    response.writeHead(answer.statusCode!, headers)
    // An answer that breaks off must not look whole: pipeline cuts the sender's connection.
    pipeline(answer, response, () => {})
  })
  passed.on('error', () => {
    if (response.headersSent || response.destroyed) {
      response.destroy()
      return
    }
    request.unpipe(passed)
    answerUnavailable(request, response, target.name)
  })
  response.on('close', () => {
    if (!response.writableFinished) passed.destroy()
  })
  request.on('error', () => passed.destroy())
  request.pipe(passed)
}

/** 503 in InfluxDB's shape, without `Retry-After` (the official JavaScript client would read it as milliseconds and give up). */
export function answerUnavailable(request: IncomingMessage, response: ServerResponse, name: string): void {
  const error = new ApiError('unavailable', `the ${name} does not answer at the moment; try again`)
  // What the sender still sends is read and dropped, so that it gets to read the answer.
  request.resume()
  response.writeHead(error.status, errorHeaders(error.code)).end(JSON.stringify(error.toBody()))
}

function headersFor(request: IncomingMessage, { url, authorization }: ProxyTarget): IncomingHttpHeaders {
  const headers = withoutPerConnection(request.headers)
  const before = request.headers['x-forwarded-for']
  const from = request.socket.remoteAddress ?? 'unknown'
  headers['x-forwarded-for'] = before === undefined ? from : `${before}, ${from}`
  headers['x-forwarded-proto'] ??= 'http'
  headers['x-forwarded-host'] ??= request.headers.host ?? ''
  headers.host = url.host
  // The cookie is between the browser and this gateway.
  delete headers.cookie
  // A body of unknown length stays one, also with methods where Node expects none.
  if (request.headers['transfer-encoding'] !== undefined) headers['transfer-encoding'] = 'chunked'
  if (authorization !== undefined) headers.authorization = authorization
  return headers
}

function withoutPerConnection(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const kept = { ...headers }
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase())
  for (const name of [...perConnection, ...named]) if (name !== '') delete kept[name]
  return kept
}
