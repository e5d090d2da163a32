import { UsageError } from '../lib/errors.ts'
import type { Call } from './command.ts'
import { printRecords } from './print-table.ts'
import { ask, findServer } from './server.ts'
import { timeOption } from './time-option.ts'

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
