import { z } from 'zod'
import type { Clock } from '../lib/clock.ts'
import type { PlantInterval } from './demo-plant.ts'
import type { Answer, Ask } from './requests.ts'

/** The server does not take what ran on the machines, and trying again would not help. */
export class ContextRefused extends Error {
  override readonly name = 'ContextRefused'
}

export interface ContextClient {
  /** Starts of the intervals that the ingestor has of a machine after `fromMs`, as it was told them, ms since 1970. */
  starts(machine: string, fromMs: number): Promise<ReadonlySet<number>>
  /** Takes intervals to the ingestor, on its disk when it resolves. */
  post(intervals: readonly PlantInterval[]): Promise<void>
  /** Resolves when the points that are there agree with what was said, or after `mostMs`: points are right in any case. */
  settled(mostMs: number): Promise<void>
}

/** A request of about a megabyte. */
const intervalsPerRequest = 5_000
const settledEveryMs = 50

const shown = z.object({
  intervals: z.array(z.object({ from: z.string() })),
  links: z.object({ next: z.string().optional() }),
})
const audited = z.object({ waiting: z.number() })
const taken = z.object({ intervals: z.number() })

/** A client of `/api/v1/context`. Every call rejects with ContextRefused where the server has no such address or the token no right to it. */
export function contextClient(ask: Ask, clock: Clock, signal: AbortSignal): ContextClient {
  return {
    async starts(machine, fromMs) {
      const found = new Set<number>()
      const query = new URLSearchParams({ limit: '1000', from: new Date(fromMs).toISOString() })
      let path: string | undefined = `/api/v1/context/machines/${encodeURIComponent(machine)}?${query}`
      while (path !== undefined) {
        const page: z.output<typeof shown> = read(shown, await ask(path))
        for (const { from } of page.intervals) found.add(Date.parse(from))
        path = page.links.next
      }
      return found
    },
    async post(intervals) {
      for (let at = 0; at < intervals.length; at += intervalsPerRequest) {
        const part = intervals.slice(at, at + intervalsPerRequest).map(({ fromMs, toMs, ...said }) => ({
          ...said,
          from: new Date(fromMs).toISOString(),
          to: new Date(toMs).toISOString(),
        }))
        const body = JSON.stringify({ intervals: part })
        const headers = { 'content-type': 'application/json' }
        read(taken, await ask('/api/v1/context/intervals', { method: 'POST', headers, body }))
      }
    },
    async settled(mostMs) {
      const until = clock.monotonicMs() + mostMs
      while (read(audited, await ask('/api/v1/context/audit?limit=1')).waiting > 0 && clock.monotonicMs() < until)
        await clock.sleep(settledEveryMs, signal)
    },
  }
}

/** @throws ContextRefused */
function read<T>(shape: z.ZodType<T>, { status, text }: Answer): T {
  const said = `it answered ${status}: ${text.slice(0, 300)}`
  if (status === 401 || status === 403)
    throw new ContextRefused(
      `the demo plant tells the ingestor what runs on its machines (/api/v1/context), which takes the operator's token; this one may not: ${said}`,
    )
  const isOk = status >= 200 && status <= 299
  const parsed = isOk ? shape.safeParse(jsonOf(text)) : null
  if (parsed?.success === true) return parsed.data
  // InfluxDB, for one, answers 200 with its own page to any address it does not know.
  if (isOk || status === 404 || status === 405)
    throw new ContextRefused(
      `the server has no /api/v1/context, where the demo plant says what runs on its machines: give the address of Plantwatch's gateway or ingestor (--url), of this version; ${said}`,
    )
  throw new ContextRefused(`the ingestor refused what runs on the demo plant's machines: ${said}`)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
