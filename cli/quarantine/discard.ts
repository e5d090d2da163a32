import { askJson, queryText } from '../ask-json.ts'
import type { Call } from '../command.ts'
import { counted } from '../print-table.ts'
import { findServer } from '../server.ts'
import { chosen } from './selection.ts'

/** `plantwatch quarantine discard`. */
export async function run({ values, options, json }: Call): Promise<void> {
  const selection = chosen(options)
  const query = queryText(selection === 'all' ? { all: 'true' } : selection)
  const { discarded_values: count } = await askJson<{ discarded_values: number }>(
    await findServer(values),
    `/api/v1/quarantine${query}`,
    'DELETE',
  )
  console.log(json ? JSON.stringify({ discarded_values: count }) : `${counted(count, 'value')} deleted for good`)
}
