import { formatInstant } from '../../lib/time/instant.ts'

export interface PartHealth {
  readonly name: string
  readonly status: 'pass' | 'fail'
  readonly message?: string
}

interface Answer {
  readonly status?: string
  readonly message?: string
  readonly checks?: readonly { readonly status?: string; readonly message?: string }[]
}

/** What the whole stack says of one part: its own answer, or that there is none. @param url of its /health */
export async function askHealth(name: string, url: string, timeoutMs = 3_000): Promise<PartHealth> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
    const body = (await response.json()) as Answer
    // A part may be well itself and yet say that something it does is not: an ingestor whose delivery stands still.
    const failed = body.checks?.find(({ status }) => status === 'fail')
    const message = failed?.message ?? body.message
    const isWell = response.ok && body.status === 'pass' && failed === undefined
    return { name, status: isWell ? 'pass' : 'fail', ...(message === undefined ? {} : { message }) }
  } catch {
    return { name, status: 'fail', message: 'does not answer' }
  }
}

/** `/health` of the whole, in InfluxDB's shape. */
export function healthResponse(checks: readonly PartHealth[], version: string): Response {
  const failed = checks.filter(({ status }) => status === 'fail')
  const body = {
    name: 'plantwatch',
    message:
      failed.length === 0 ? 'ready for queries and writes' : `not well: ${failed.map(({ name }) => name).join(', ')}`,
    status: failed.length === 0 ? 'pass' : 'fail',
    checks,
    version,
  }
  return json(body, failed.length === 0 ? 200 : 503)
}

/** `/ready` of the whole: 503 until every part was ready once. */
export function readyResponse(startedMs: number, waitsFor: readonly string[], nowMs = Date.now()): Response {
  if (waitsFor.length > 0)
    return json(
      { status: 'starting', started: formatInstant(BigInt(startedMs) * 1_000_000n), waits_for: waitsFor },
      503,
    )
  return json(
    {
      status: 'ready',
      started: formatInstant(BigInt(startedMs) * 1_000_000n),
      up: `${((nowMs - startedMs) / 1000).toFixed(1)}s`,
    },
    200,
  )
}

const json = (body: object, status: number): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' },
  })
