import { UsageError } from '../../lib/errors.ts'
import type { Call } from '../command.ts'
import { counted } from '../print-table.ts'
import { ask, findServer } from '../server.ts'
import { defaultContextMapping, readContextMapping } from './mapping.ts'
import { readContextRows } from './rows.ts'

/** How many faults are shown; all are counted. */
const faultsShown = 20
const intervalsPerRequest = 20_000

/** `plantwatch context import`. Nothing is sent while a line of the file is wrong: half a file is harder to mend than none. */
export async function run({ values, arguments: [file], options, json }: Call): Promise<void> {
  const mapping =
    options['map'] === undefined ? defaultContextMapping : await readContextMapping(options['map'] as string)
  const { rows, faults } = await readContextRows(file!, mapping)
  if (faults.length > 0) {
    const more = faults.length > faultsShown ? [`… and ${faults.length - faultsShown} more`] : []
    throw new UsageError([...faults.slice(0, faultsShown), ...more, 'nothing was sent'].join('\n'))
  }
  if (rows.length === 0) throw new UsageError(`${file} has no line below its header`)
  const server = await findServer(values)
  let changes = 0
  for (let start = 0; start < rows.length; start += intervalsPerRequest) {
    const response = await ask(server, '/api/v1/context/intervals', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ intervals: rows.slice(start, start + intervalsPerRequest) }),
    })
    changes += ((await response.json()) as { changes: number }).changes
  }
  const machines = new Set(rows.map(({ machine }) => machine)).size
  if (json) console.log(JSON.stringify({ intervals: rows.length, machines, changes }))
  else
    console.log(
      `${counted(rows.length, 'interval')} of ${counted(machines, 'machine')} taken, with ${counted(changes, 'change')} of what ran when; points that are there already follow`,
    )
}
