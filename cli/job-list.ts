import type { Call } from './command.ts'
import { printRecords } from './print-table.ts'
import { ask, findServer } from './server.ts'

/** `plantwatch job list`. */
export async function run({ values, json }: Call): Promise<void> {
  const answer = (await (await ask(await findServer(values), '/api/v1/jobs')).json()) as {
    jobs?: readonly Record<string, unknown>[]
  }
  if (json) console.log(JSON.stringify(answer))
  // The long words last, so that the figures stand together.
  else printRecords((answer.jobs ?? []).map(({ description, ...job }) => ({ ...job, description })))
}
