import { startTestStore } from '../support/store.ts'
import { FluxInMemory } from './flux-in-memory.ts'
import { type FluxUnderTest, fluxReplay, recordedFlux, replayFlux } from './flux-replay.ts'
import { type HttpOutcome, recordedHttp, recordedSetup, replayHttp, type ServerAt } from './http-replay.ts'
import type { Outcome } from './outcome.ts'

export interface ContractOptions {
  readonly flux: boolean
  readonly http: boolean
  /** Of either; empty = all. */
  readonly topics: readonly string[]
  /** A server to ask; null starts an embedded store. */
  readonly server: ServerAt | null
  /** Flux on the engine alone, over a store in memory; then no server is asked for it. */
  readonly memory: { readonly pushdown: boolean } | null
}

export interface ContractOutcomes {
  readonly flux: readonly Outcome[]
  readonly http: readonly HttpOutcome[]
}

/** The folders of the recorded answers, or null where they are not at hand. */
export function recordedAnswers(): { readonly flux: string; readonly http: string } | null {
  const [flux, http] = [recordedFlux(), recordedHttp()]
  return flux === null || http === null ? null : { flux, http }
}

/** Replays the recorded answers: requests first, since they set a fresh server up, then Flux on the same server. */
export async function replayContract(
  folders: { readonly flux: string; readonly http: string },
  { flux, http, topics, server, memory }: ContractOptions,
): Promise<ContractOutcomes> {
  const askFlux = (subject: FluxUnderTest): Promise<readonly Outcome[]> => replayFlux(folders.flux, subject, topics)
  if (!http && flux && memory !== null) return { http: [], flux: await askFlux(new FluxInMemory(memory.pushdown)) }
  const { url, token, org, close } =
    server === null ? await startFresh(folders.http) : { ...server, close: async () => {} }
  try {
    const httpOutcomes = http ? await replayHttp(folders.http, { url, token, org }, topics) : []
    if (!flux) return { http: httpOutcomes, flux: [] }
    if (memory !== null) return { http: httpOutcomes, flux: await askFlux(new FluxInMemory(memory.pushdown)) }
    // A store whose recorded setup was not among the topics is set up by asking for no other step.
    if (server === null && httpOutcomes.length === 0) await setUp(url, { token, org })
    return { http: httpOutcomes, flux: await askFlux(await overHttp(folders.flux, { url, token, org })) }
  } finally {
    await close()
  }
}

/** A store that was never set up, and what the recorded setup will call its organization and token. */
async function startFresh(folder: string): Promise<ServerAt & { readonly close: () => Promise<void> }> {
  const { url, close } = await startTestStore({ log: () => {} })
  return { url, close, ...(await recordedSetup(folder)) }
}

async function setUp(url: string, { token, org }: Omit<ServerAt, 'url'>): Promise<void> {
  const answer = await fetch(`${url}/api/v2/setup`, {
    method: 'POST',
    body: JSON.stringify({ username: 'contract', password: 'contract-password', bucket: 'contract', token, org }),
  })
  if (answer.status !== 201) throw new Error(`the setup of a fresh store was answered ${answer.status}`)
}

async function overHttp(folder: string, { url, token, org }: ServerAt): Promise<FluxUnderTest> {
  const server = (await fluxReplay(folder)).server(url, token, org)
  return {
    load: server.load,
    ask: server.query,
    // Left there, they would be among the answers the next time.
    async clear(datasets) {
      for (const { bucket } of Object.values(datasets)) {
        const { body } = await server.call('GET', `/api/v2/buckets?org=${encodeURIComponent(org)}&name=${bucket}`)
        const [found] = (JSON.parse(body) as { buckets?: readonly { readonly id: string }[] }).buckets ?? []
        if (found !== undefined) await server.call('DELETE', `/api/v2/buckets/${found.id}`)
      }
    },
  }
}
