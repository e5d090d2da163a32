import { askJson } from '../ask-json.ts'
import type { Call } from '../command.ts'
import { findServer } from '../server.ts'

/** `plantwatch token revoke`. */
export async function run({ values, arguments: [id], json }: Call): Promise<void> {
  await askJson(await findServer(values), `/api/v1/tokens/${encodeURIComponent(id!)}`, 'DELETE')
  console.log(json ? JSON.stringify({ revoked: id }) : `token ${id} is refused from now on`)
}
