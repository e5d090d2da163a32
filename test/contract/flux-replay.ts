import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Budget } from '../../store/flux/budget.ts'
import { FluxError } from '../../store/flux/errors.ts'
import { evaluate, prepare } from '../../store/flux/evaluate.ts'
import { decodeQueryRequest } from '../../store/flux/request.ts'
import { pointsOf } from '../support/line-protocol-points.ts'
import { MemorySource } from '../support/memory-source.ts'
import { sharedPath } from '../support/shared.ts'

/**
 * `right`: the recorded answer. `other text`: refused with the recorded status and code, in other words. `refused`: refused by name
 * as not supported. `wrong`: anything else, that is a plausible answer that is not the recorded one.
 */
export type Verdict = 'right' | 'other text' | 'refused' | 'wrong'

export interface Outcome {
  readonly topic: string
  readonly name: string
  readonly flux: string
  readonly verdict: Verdict
  /** What differs, in words; empty for `right`. */
  readonly reason: string
}

interface Case {
  readonly name: string
  readonly flux: string
  readonly status: number
  readonly body: string
  readonly message?: string
}
interface CaseFile {
  readonly cases: readonly Case[]
}
interface Answer {
  readonly status: number
  readonly body: string
}
/** As much of the recorded answers' own replay program as is used here. */
interface Replay {
  requestOf(
    file: CaseFile,
    one: Case,
  ): { flux: string; now?: string; extern?: unknown; contentType?: string; dialect?: unknown }
  effectiveDialect(file: CaseFile, one: Case): unknown
  answerDiff(one: Case, dialect: unknown, status: number, body: string, strict: boolean): string | null
}

/** Where the recorded answers are, or null where they are not at hand. */
export const recordedFlux = (): string | null =>
  sharedPath('contract', 'flux', 'datasets.json') && sharedPath('contract', 'flux')

const limits = { rowsMax: 5_000_000, bytesMax: 2 ** 30, timeoutMs: 20_000 }

/** The engine over a store in memory, as the HTTP route runs it. */
export class FluxUnderTest {
  readonly source = new MemorySource()

  constructor(readonly pushdown = true) {}

  load(folder: string): void {
    const datasets = JSON.parse(readFileSync(join(folder, 'datasets.json'), 'utf8')) as Record<
      string,
      { readonly bucket: string; readonly writes: readonly string[] }
    >
    for (const { bucket, writes } of Object.values(datasets)) {
      const { id } = this.source.addBucket(bucket)
      for (const file of writes) this.source.write(id, pointsOf(readFileSync(join(folder, 'data', file))))
    }
  }

  async ask(contentType: string, body: string): Promise<Answer> {
    try {
      const request = decodeQueryRequest(contentType, body)
      const script = await prepare(request.script ?? '', request.extern)
      const pieces = [
        ...evaluate(
          { script, nowNs: request.nowNs ?? BigInt(Date.now()) * 1_000_000n, dialect: request.dialect },
          { source: this.source, budget: new Budget(limits), pushdown: this.pushdown },
        ),
      ]
      return { status: 200, body: Buffer.concat(pieces).toString('utf8') }
    } catch (error) {
      if (!(error instanceof FluxError))
        return { status: 500, body: JSON.stringify({ code: 'internal error', message: (error as Error).stack }) }
      const code = error.code === 'not found' || error.code === 'internal error' ? error.code : 'invalid'
      const status = code === 'not found' ? 404 : code === 'invalid' ? 400 : 500
      return { status, body: JSON.stringify({ code, message: error.message }) }
    }
  }
}

/** Asks every recorded question (of some topics, if named) and compares the answers with the recorded ones. */
export async function replayFlux(
  folder: string,
  engine: FluxUnderTest,
  topics: readonly string[] = [],
): Promise<readonly Outcome[]> {
  const replay = (await import(pathToFileURL(join(folder, '..', 'replay-flux.mjs')).href)) as Replay
  const outcomes: Outcome[] = []
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.json') || file === 'datasets.json') continue
    const topic = file.slice(0, -5)
    if (topics.length > 0 && !topics.includes(topic)) continue
    const cases = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CaseFile
    for (const one of cases.cases) {
      const { flux, contentType, now, dialect, extern } = replay.requestOf(cases, one)
      const answer =
        contentType === 'application/vnd.flux'
          ? await engine.ask(contentType, flux)
          : await engine.ask('application/json', JSON.stringify({ query: flux, type: 'flux', now, dialect, extern }))
      const reason = replay.answerDiff(one, replay.effectiveDialect(cases, one), answer.status, answer.body, false)
      outcomes.push({ topic, name: one.name, flux, verdict: verdictOf(one, answer, reason), reason: reason ?? '' })
    }
  }
  return outcomes
}

const refusal = /is not supported by the embedded store/

function verdictOf(one: Case, { status, body }: Answer, reason: string | null): Verdict {
  if (reason === null) return 'right'
  if (refusal.test(body)) return 'refused'
  if (status === one.status && status !== 200 && codeOf(body) === codeOf(one.body)) return 'other text'
  return 'wrong'
}

const codeOf = (body: string): unknown => (JSON.parse(body) as { code?: unknown }).code
