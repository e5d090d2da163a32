import type { Call } from './command.ts'
import { findServer } from './server.ts'

interface Check {
  readonly name: string
  readonly status: string
  readonly message?: string
  readonly checks?: readonly Check[]
}

/** `plantwatch health`. */
export async function run({ values, json }: Call): Promise<void> {
  const server = await findServer(values)
  const response = await fetch(`${server.url}/health`).catch((error: unknown) => {
    throw new Error(`${server.url} cannot be reached: ${(error as Error).message}`, { cause: error })
  })
  const health = (await response.json()) as Check
  if (json) console.log(JSON.stringify(health))
  else
    for (const check of [health, ...(health.checks ?? [])])
      console.log(`${check.status}  ${check.name}${check.message ? `: ${check.message}` : ''}`)
  if (health.status !== 'pass') process.exitCode = 1
}
