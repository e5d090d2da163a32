import { UsageError } from '../../lib/errors.ts'
import { askJson } from '../ask-json.ts'
import type { Call } from '../command.ts'
import { counted } from '../print-table.ts'
import { findServer } from '../server.ts'
import { selectionOf } from './selection.ts'

/** `plantwatch quarantine release`. */
export async function run({ values, options, json }: Call): Promise<void> {
  const selection = selectionOf(options)
  const isNarrow = Object.values(selection).some((value) => value !== undefined)
  if (isNarrow === (options['all'] === true))
    throw new UsageError('say which: --machine, --sensor, --measurement, --from and --to, or --all')
  const server = await findServer(values)
  let released = 0
  for (let more = true; more; ) {
    const answer = await askJson<{ released: number; more: boolean }>(
      server,
      '/api/v1/quarantine/release',
      'POST',
      isNarrow ? selection : { all: true },
    )
    released += answer.released
    more = answer.more
  }
  console.log(json ? JSON.stringify({ released }) : `${counted(released, 'point')} moved to the raw bucket`)
}
