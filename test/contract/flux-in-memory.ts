import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Budget } from '../../store/flux/budget.ts'
import { FluxError } from '../../store/flux/errors.ts'
import { evaluate, prepare } from '../../store/flux/evaluate.ts'
import { decodeQueryRequest } from '../../store/flux/request.ts'
import { pointsOf } from '../support/line-protocol-points.ts'
import { MemorySource } from '../support/memory-source.ts'
import type { Datasets, FluxAnswer, FluxQuestion, FluxUnderTest } from './flux-replay.ts'

const limits = { rowsMax: 5_000_000, bytesMax: 2 ** 30, timeoutMs: 20_000 }

/** The engine alone over a store in memory: the quick way, without DuckDB, workers and HTTP. */
export class FluxInMemory implements FluxUnderTest {
  readonly source = new MemorySource()

  constructor(readonly pushdown = true) {}

  async load(folder: string, datasets: Datasets): Promise<void> {
    for (const { bucket, writes } of Object.values(datasets)) {
      const { id } = this.source.addBucket(bucket)
      for (const file of writes) this.source.write(id, pointsOf(readFileSync(join(folder, 'data', file))))
    }
  }

  async ask({ flux, contentType, ...rest }: FluxQuestion): Promise<FluxAnswer> {
    try {
      const request =
        contentType === 'application/vnd.flux'
          ? decodeQueryRequest(contentType, flux)
          : decodeQueryRequest('application/json', JSON.stringify({ query: flux, type: 'flux', ...rest }))
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
