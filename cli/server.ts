import { join } from 'node:path'
import { ApiError, type ErrorCode, statusOf, UsageError } from '../lib/errors.ts'
import { isAlive } from '../lib/process/identity.ts'
import { knownOperatorToken } from '../lib/secrets/operator-token.ts'
import { lastGateway } from '../lib/secrets/running-gateway.ts'
import type { SettingValues } from '../lib/settings.ts'

/** The running plantwatch that a command talks to. */
export interface ServerAt {
  readonly url: string
  readonly token: string
}

/** Where the demo plant keeps its data: a folder of its own, so that real data never mixes with it. */
export const demoFolder = (dataDir: string): string => join(dataDir, 'demo')

/**
 * Finds the server: PLANTWATCH_URL and PLANTWATCH_TOKEN, else what runs on the data folder or on its demo plant.
 * @throws UsageError that says how to name one
 */
export async function findServer(values: SettingValues): Promise<ServerAt> {
  const folders = [values.data, demoFolder(values.data)]
  if (values.url !== null) {
    const token = values.token ?? (await firstToken(folders))
    if (token === null) throw new UsageError(`a token for ${values.url} is needed: set PLANTWATCH_TOKEN`)
    return { url: values.url, token }
  }
  for (const folder of folders) {
    const gateway = await lastGateway(folder)
    if (gateway === null || !isAlive(gateway.pid)) continue
    const token = values.token ?? (await knownOperatorToken(folder))
    if (token !== null) return { url: gateway.url, token }
  }
  throw new UsageError(
    `no plantwatch runs on the folder ${values.data}: start one with "plantwatch up", or name one by PLANTWATCH_URL and PLANTWATCH_TOKEN`,
  )
}

async function firstToken(folders: readonly string[]): Promise<string | null> {
  for (const folder of folders) {
    const token = await knownOperatorToken(folder)
    if (token !== null) return token
  }
  return null
}

/**
 * One request to the server.
 * @throws ApiError with the server's own code, message and details when it refuses; Error when it cannot be reached
 */
export async function ask(server: ServerAt, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('Authorization', `Token ${server.token}`)
  const response = await reach(server.url + path, { ...init, headers })
  if (!response.ok) throw await refusalOf(response, server)
  return response
}

/** `fetch` with an error that says what could not be reached, and why. */
export async function reach(url: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, init).catch((error: unknown) => {
    // Node wraps the reason twice where a name has several addresses.
    const { cause } = error as Error
    const [reason] = cause instanceof AggregateError ? cause.errors : [cause]
    throw new Error(
      `${new URL(url).origin} cannot be reached: ${((reason as Error | undefined) ?? (error as Error)).message}`,
      { cause: error },
    )
  })
}

async function refusalOf(response: Response, { url }: ServerAt): Promise<Error> {
  const text = await response.text()
  try {
    const { code, message, ...details } = JSON.parse(text) as { code?: string; message?: string }
    if (code === 'unauthorized')
      return new ApiError(code, `${url} does not know the token: check PLANTWATCH_TOKEN (${message})`, details)
    if (code !== undefined && code in statusOf && message !== undefined)
      return new ApiError(code as ErrorCode, message, details)
  } catch {} // not InfluxDB's shape: something else answered
  return new Error(`the server answered ${response.status}: ${text.slice(0, 300)}`)
}
