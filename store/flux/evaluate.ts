import type { Dialect } from '../../lib/annotated-csv/dialect.ts'
import { CsvEncoder } from '../../lib/annotated-csv/encode.ts'
import type { Budget } from './budget.ts'
import { FluxError } from './errors.ts'
import { Engine } from './interpret/engine.ts'
import { runScript } from './interpret/script.ts'
import type { Source } from './source.ts'
import { checkScript } from './syntax/check.ts'
import type { Script } from './syntax/tree.ts'

export interface EvaluationRequest {
  readonly script: Script
  /** `now()` of the request, nanoseconds since 1970. */
  readonly nowNs: bigint
  readonly dialect: Dialect
}

export interface Environment {
  readonly source: Source
  readonly budget: Budget
  /** Off: storage only reads, and every operator runs on rows. Results are the same. */
  readonly pushdown?: boolean
}

/** Parses and type-checks a script. @param extern options that the client sends as a syntax tree @throws FluxError */
export const prepare = checkScript

/**
 * Runs a checked script and writes its results as annotated CSV, piece by piece, as they come.
 * @throws FluxError before the first piece; what fails later is a last table with the columns `error` and `reference`
 */
export function* evaluate(
  request: EvaluationRequest,
  environment: Environment,
): Generator<Uint8Array, void, undefined> {
  const engine = new Engine(environment.source, environment.budget, request.nowNs, environment.pushdown ?? true)
  const results = runScript(request.script, engine)
  const encoder = new CsvEncoder(request.dialect)
  let begun = false
  try {
    for (const { name, stream } of results)
      for (const piece of encoder.result(name, stream.tables())) {
        begun = true
        yield piece
      }
  } catch (error) {
    if (!begun || !(error instanceof FluxError)) throw error
    yield encoder.error(error.message)
  }
}

/** Runs a checked script for what it does, not for what it answers. @throws FluxError */
export function evaluateAway({ script, nowNs }: EvaluationRequest, { source, budget, pushdown }: Environment): void {
  const results = runScript(script, new Engine(source, budget, nowNs, pushdown ?? true))
  for (const { stream } of results) for (const _ of stream.tables());
}
