import { UsageError } from '../lib/errors.ts'
import { formatInstant, parseInstant } from '../lib/time/instant.ts'
import type { Call } from './command.ts'
import { printRecords } from './print-table.ts'
import { ask, findServer } from './server.ts'

/** `plantwatch job run`. */
export async function run({ values, arguments: [job], options, json }: Call): Promise<void> {
  const from = timeOption(options, 'from')
  const to = timeOption(options, 'to')
  if ((from === undefined) !== (to === undefined)) throw new UsageError('give both --from and --to, or neither')
  const server = await findServer(values)
  const response = await ask(server, `/api/v1/jobs/${encodeURIComponent(job!)}/runs`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ from, to }),
  })
  const answer = (await response.json()) as Record<string, unknown>
  if (json) console.log(JSON.stringify(answer))
  else printRecords([answer])
}

function timeOption(options: Call['options'], name: string): string | undefined {
  const text = options[name] as string | undefined
  if (text === undefined) return undefined
  const ns = parseInstant(text, 'utc')
  if (ns === null) throw new UsageError(`--${name}: "${text}" is no time like 2026-03-01T00:00:00Z`)
  return formatInstant(ns)
}
