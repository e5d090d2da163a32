import { askJson } from '../ask-json.ts'
import type { Call } from '../command.ts'
import { counted } from '../print-table.ts'
import { findServer } from '../server.ts'
import { chosen } from './selection.ts'

/** `plantwatch quarantine release`. */
export async function run({ values, options, json }: Call): Promise<void> {
  const selection = chosen(options)
  const server = await findServer(values)
  let released = 0
  for (let more = true; more; ) {
    const answer = await askJson<{ released: number; more: boolean }>(
      server,
      '/api/v1/quarantine/release',
      'POST',
      selection === 'all' ? { all: true } : selection,
    )
    released += answer.released
    more = answer.more
  }
  console.log(json ? JSON.stringify({ released }) : `${counted(released, 'point')} moved to the raw bucket`)
}
