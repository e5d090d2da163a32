import type { Call } from './command.ts'
import { findServer, reach } from './server.ts'

interface Check {
  readonly name: string
  readonly status: string
  readonly message?: string
  readonly checks?: readonly Check[]
}

/** `plantwatch health`. */
export async function run({ values, json }: Call): Promise<void> {
  const server = await findServer(values)
  const text = await (await reach(`${server.url}/health`)).text()
  const health = readHealth(text)
  if (health === null) throw new Error(`${server.url}/health is no plantwatch: it answers ${text.slice(0, 100)}`)
  if (json) console.log(JSON.stringify(health))
  else
    for (const check of [health, ...(health.checks ?? [])])
      console.log(`${check.status}  ${check.name}${check.message ? `: ${check.message}` : ''}`)
  if (health.status !== 'pass') process.exitCode = 1
}

function readHealth(text: string): Check | null {
  try {
    const value = JSON.parse(text) as Partial<Check> | null
    return typeof value?.name === 'string' && typeof value.status === 'string' ? (value as Check) : null
  } catch {
    return null
  }
}
