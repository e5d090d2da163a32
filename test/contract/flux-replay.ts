import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { sharedPath } from '../support/shared.ts'
import { type Outcome, refusal, type Verdict } from './outcome.ts'

export interface FluxAnswer {
  readonly status: number
  readonly body: string
}
/** What a recorded case asks, as a client sends it. */
export interface FluxQuestion {
  readonly flux: string
  readonly now?: string
  readonly extern?: unknown
  readonly contentType?: string
  readonly dialect?: unknown
}
export type Datasets = Readonly<Record<string, { readonly bucket: string; readonly writes: readonly string[] }>>

/** Who answers Flux: the engine over a store in memory, or a server. */
export interface FluxUnderTest {
  /** Makes the buckets of the recorded answers and fills them. @param folder of the data */
  load(folder: string, datasets: Datasets): Promise<void>
  ask(question: FluxQuestion): Promise<FluxAnswer>
  /** Takes away what `load` made. */
  clear?(datasets: Datasets): Promise<void>
}

interface Case {
  readonly name: string
  readonly flux: string
  readonly status: number
  readonly body: string
}
interface CaseFile {
  readonly cases: readonly Case[]
}
/** As much of the recorded answers' own replay program as is used here. */
export interface FluxReplay {
  server(
    url: string,
    token: string,
    org: string,
  ): {
    call(method: string, path: string): Promise<FluxAnswer>
    query(question: FluxQuestion): Promise<FluxAnswer>
    load(folder: string, datasets: Datasets): Promise<void>
  }
  requestOf(file: CaseFile, one: Case): FluxQuestion
  effectiveDialect(file: CaseFile, one: Case): unknown
  answerDiff(one: Case, dialect: unknown, status: number, body: string, strict: boolean): string | null
}

/** Where the recorded answers are, or null where they are not at hand. */
export const recordedFlux = (): string | null =>
  sharedPath('contract', 'flux', 'datasets.json') && sharedPath('contract', 'flux')

export const fluxReplay = (folder: string): Promise<FluxReplay> =>
  import(pathToFileURL(join(folder, '..', 'replay-flux.mjs')).href) as Promise<FluxReplay>

/** Loads the data, asks every recorded question (of some topics, if named) and compares the answers with the recorded ones. */
export async function replayFlux(
  folder: string,
  subject: FluxUnderTest,
  topics: readonly string[] = [],
): Promise<readonly Outcome[]> {
  const replay = await fluxReplay(folder)
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.json') && name !== 'datasets.json')
    .map((name) => name.slice(0, -5))
    .filter((topic) => topics.length === 0 || topics.includes(topic))
    .sort()
  if (files.length === 0) return []
  const datasets = JSON.parse(readFileSync(join(folder, 'datasets.json'), 'utf8')) as Datasets
  await subject.load(folder, datasets)
  const outcomes: Outcome[] = []
  for (const topic of files) {
    const file = JSON.parse(readFileSync(join(folder, `${topic}.json`), 'utf8')) as CaseFile
    let writeRefused = false
    for (const one of file.cases) {
      const answer = await subject.ask(replay.requestOf(file, one))
      const reason = replay.answerDiff(one, replay.effectiveDialect(file, one), answer.status, answer.body, false)
      let verdict = verdictOf(one, answer, reason)
      if (verdict === 'refused' && /\b(to|wideTo)\(/.test(one.flux)) writeRefused = true
      // Cases that read what a refused one should have written find nothing there.
      if (verdict === 'wrong' && writeRefused && answer.status === 200 && answer.body.trim() === '') verdict = 'refused'
      outcomes.push({ topic, name: one.name, asked: one.flux, verdict, reason: reason ?? '' })
    }
  }
  await subject.clear?.(datasets)
  return outcomes
}

function verdictOf(one: Case, { status, body }: FluxAnswer, reason: string | null): Verdict {
  if (reason === null) return 'right'
  if (refusal.test(body)) return 'refused'
  if (status === one.status && status !== 200 && codeOf(body) === codeOf(one.body)) return 'other text'
  return 'wrong'
}

const codeOf = (body: string): unknown => (JSON.parse(body) as { code?: unknown }).code
