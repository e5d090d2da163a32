import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { sharedPath } from '../support/shared.ts'
import { type Outcome, refusal, type Verdict } from './outcome.ts'

export type Tier = 'core' | 'client' | 'management' | 'extra'

export interface HttpOutcome extends Outcome {
  readonly tier: Tier
  /** True for a step that writes points, by either path. */
  readonly isWrite: boolean
  /** As recorded; undefined where one of several answers may come. */
  readonly statusExpected: number | undefined
  /** As answered; null where nothing could be sent. */
  readonly status: number | null
}

interface Step {
  readonly name: string
  readonly request: { readonly method: string; readonly path: string }
  readonly capture?: Readonly<Record<string, unknown>>
  readonly response: RecordedAnswer
}
interface RecordedAnswer {
  readonly status?: number
  readonly body?: unknown
  readonly anyOf?: readonly RecordedAnswer[]
}
interface Scenario {
  readonly tier: Tier
  readonly server?: 'fresh'
  readonly steps: readonly Step[]
}
type Variables = Record<string, unknown>
interface HttpAnswer {
  readonly status: number
  readonly text: string
}
/** As much of the recorded answers' own replay program as is used here. */
interface HttpReplay {
  readonly defaults: Readonly<Record<string, string>>
  send(base: string, request: object, variables: Variables): Promise<HttpAnswer>
  capture(rules: object | undefined, answer: HttpAnswer, variables: Variables): void
  compareResponse(expected: RecordedAnswer, answer: HttpAnswer, variables: Variables): readonly string[]
  setupFresh(base: string): Promise<Variables>
}

/** Who answers, and the operator's token where the server is set up already. */
export interface ServerAt {
  readonly url: string
  readonly token: string
  readonly org: string
}

/** Where the recorded answers are, or null where they are not at hand. */
export const recordedHttp = (): string | null => sharedPath('contract', 'replay-http.mjs') && sharedPath('contract')

/** How the recorded setup names the token and the organization of a server that it sets up. */
export const recordedSetup = async (folder: string): Promise<Omit<ServerAt, 'url'>> => {
  const { defaults } = await replayIn(folder)
  return { token: defaults['token']!, org: defaults['org']! }
}

const replayIn = (folder: string): Promise<HttpReplay> =>
  import(pathToFileURL(join(folder, 'replay-http.mjs')).href) as Promise<HttpReplay>

/** Sends every recorded request (of some files or tiers, if named) in its order and compares the answers with the recorded ones. */
export async function replayHttp(
  folder: string,
  server: ServerAt,
  topics: readonly string[] = [],
): Promise<readonly HttpOutcome[]> {
  const replay = await replayIn(folder)
  const scenarios = ['http', 'clients'].flatMap((part) =>
    readdirSync(join(folder, part))
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => ({
        ...(JSON.parse(readFileSync(join(folder, part, name), 'utf8')) as Scenario),
        topic: `${part}/${name.slice(0, -5)}`,
      })),
  )
  const chosen = scenarios.filter(({ topic }) => topics.length === 0 || topics.includes(topic))
  if (chosen.length === 0) return []
  const outcomes: HttpOutcome[] = []
  const isFresh = /"allowed":\s*true/.test(
    (await replay.send(server.url, { method: 'GET', path: '/api/v2/setup' }, {})).text,
  )
  const first = isFresh ? chosen.find((scenario) => scenario.server === 'fresh') : undefined
  let variables: Variables
  if (first !== undefined) variables = await replayScenario(replay, server.url, first, { ...replay.defaults }, outcomes)
  else variables = isFresh ? await replay.setupFresh(server.url) : await existing(replay, server)
  for (const scenario of chosen)
    if (scenario.server !== 'fresh') await replayScenario(replay, server.url, scenario, variables, outcomes)
  return outcomes
}

/** @returns the variables at its end */
async function replayScenario(
  replay: HttpReplay,
  url: string,
  { topic, tier, steps }: Scenario & { readonly topic: string },
  given: Variables,
  outcomes: HttpOutcome[],
): Promise<Variables> {
  const variables: Variables = { ...given, startedMs: Date.now() }
  /** Variables that a refused step should have captured. */
  const withheld = new Set<string>()
  for (const { name, request, capture, response } of steps) {
    const { method, path } = request
    const outcome = {
      topic,
      tier,
      name,
      asked: `${method} ${path}`,
      isWrite: method === 'POST' && /^(\/api\/v2)?\/write\b/.test(path),
      statusExpected: response.status,
    }
    let answer: HttpAnswer
    try {
      answer = await replay.send(url, request, variables)
    } catch (error) {
      const reason = (error as Error).message
      const missing = /^nothing known for \{\{(\w+)\}\}/.exec(reason)?.[1]
      const verdict = missing !== undefined && withheld.has(missing) ? 'refused' : 'wrong'
      outcomes.push({ ...outcome, verdict, reason, status: null })
      if (verdict === 'refused') for (const variable of Object.keys(capture ?? {})) withheld.add(variable)
      continue
    }
    replay.capture(capture, answer, variables)
    const differences = replay.compareResponse(response, answer, variables)
    let verdict = verdictOf(response, answer, differences)
    // A list that lacks what a refused step should have made says the truth.
    if (verdict === 'wrong' && withheld.size > 0 && differences.every((one) => /entries, got 0: \[\]$/.test(one)))
      verdict = 'refused'
    if (verdict === 'refused') for (const variable of Object.keys(capture ?? {})) withheld.add(variable)
    outcomes.push({ ...outcome, verdict, reason: differences.join('; '), status: answer.status })
  }
  return variables
}

function verdictOf(expected: RecordedAnswer, answer: HttpAnswer, differences: readonly string[]): Verdict {
  if (differences.length === 0) return 'right'
  if (answer.status === 501 || refusal.test(answer.text)) return 'refused'
  const { status, text } = answer
  if (status !== expected.status) return 'wrong'
  const sameError =
    status >= 400
      ? codeOf(text) === codeOf(expected.body) && codeOf(text) !== undefined
      : beforeError(text) === beforeError(expected.body) && beforeError(text) !== undefined
  return sameError ? 'other text' : 'wrong'
}

/** What stands before the text of an error table at the end of an answer; undefined where there is none. */
const beforeError = (body: unknown): string | undefined =>
  typeof body === 'string' ? /^[\s\S]*,error,reference\r\n/.exec(body)?.[0] : undefined

/** The `code` of an error's body; undefined where there is none. */
function codeOf(body: unknown): unknown {
  if (typeof body !== 'string') return (body as { code?: unknown } | null | undefined)?.code
  try {
    return (JSON.parse(body) as { code?: unknown } | null)?.code
  } catch {
    return undefined
  }
}

/** The variables of a server that is set up; makes the bucket of the recorded requests if it is missing. */
async function existing({ defaults, send, capture }: HttpReplay, { url, token, org }: ServerAt): Promise<Variables> {
  const variables: Variables = { ...defaults, token, org }
  const headers = { authorization: `Token ${token}`, 'content-type': 'application/json' }
  const ask = (method: string, path: string, body?: object): Promise<HttpAnswer> =>
    send(url, { method, path, headers, ...(body === undefined ? {} : { body }) }, variables)
  const orgs = await ask('GET', `/api/v2/orgs?org=${encodeURIComponent(org)}`)
  capture({ orgID: '/orgs/0/id' }, orgs, variables)
  if (variables['orgID'] === undefined)
    throw new Error(`organization ${org} was not found: ${orgs.status} ${orgs.text}`)
  capture({ userID: '/id', username: '/name' }, await ask('GET', '/api/v2/me'), variables)
  const { orgID, bucket } = variables
  capture({ bucketID: '/buckets/0/id' }, await ask('GET', `/api/v2/buckets?orgID=${orgID}&name=${bucket}`), variables)
  if (variables['bucketID'] === undefined)
    capture(
      { bucketID: '/id' },
      await ask('POST', '/api/v2/buckets', { orgID, name: bucket, retentionRules: [] }),
      variables,
    )
  return variables
}
