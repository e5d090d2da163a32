import { UsageError } from '../../lib/errors.ts'
import { askJson } from '../ask-json.ts'
import type { Call } from '../command.ts'
import { idArgument } from '../number-option.ts'
import { counted } from '../print-table.ts'
import { findServer } from '../server.ts'
import { openLetters } from './letter.ts'

/** `plantwatch dead-letter discard`. */
export async function run({ values, arguments: [id], options, json }: Call): Promise<void> {
  const reason = options['reason'] as string | undefined
  const all = options['all'] === true
  if ([id !== undefined, reason !== undefined, all].filter(Boolean).length !== 1)
    throw new UsageError('say which: the number of a letter, --reason or --all')
  const single = id === undefined ? null : idArgument(id, 'dead letter')
  const server = await findServer(values)
  const ids = single === null ? await openLetters(server, reason) : [single]
  for (const one of ids) await askJson(server, `/api/v1/dead-letters/${one}`, 'DELETE')
  console.log(json ? JSON.stringify({ discarded: ids.length }) : `${counted(ids.length, 'letter')} put aside`)
}
