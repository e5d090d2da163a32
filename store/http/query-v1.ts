import { ApiError } from '../../lib/errors.ts'
import { readBody } from '../../lib/http/read-body.ts'
import { type Call, type Parts, parameters } from './parts.ts'

/**
 * `/query` of InfluxDB 1.x: there is no InfluxQL. As InfluxDB does, a statement that cannot be run is told inside an answer 200,
 * which is what Telegraf needs of its `CREATE DATABASE`.
 */
export async function queryV1(c: Call, parts: Parts): Promise<Response> {
  const query = parameters(c)
  let text = query.get('q')
  if (text === null && c.req.method === 'POST') {
    const body = (await readBody(c.env.incoming, parts.bodyBytesMax)).toString('utf8')
    const isForm = c.req.header('content-type')?.startsWith('application/x-www-form-urlencoded') ?? false
    text = isForm ? new URLSearchParams(body).get('q') : body
  }
  if (text === null || text.trim() === '')
    throw new ApiError('invalid', c.req.header('content-type') === undefined ? 'mime: no media type' : 'empty query')
  const results = text
    .split(';')
    .filter((statement) => statement.trim() !== '')
    .map((statement, i) => ({ statement_id: i, error: refusal(statement.trim()) }))
  return new Response(JSON.stringify({ results }), { headers: { 'Content-Type': 'application/json' } })
}

const refusal = (statement: string): string =>
  /^create\s+database\b/i.test(statement)
    ? 'not implemented: CREATE DATABASE'
    : `InfluxQL (${statement.split(/\s+/)[0]!.toUpperCase()}) is not supported by the embedded store: ask in Flux`
