import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { Budget } from '../flux/budget.ts'
import { FluxError } from '../flux/errors.ts'
import { evaluate, evaluateAway, prepare } from '../flux/evaluate.ts'
import type { ReadPlan, SeriesData } from '../flux/plan/read.ts'
import type { BucketInfo, PointToWrite, Source } from '../flux/source.ts'
import type { Answer, Ask, FromWorker, ToWorker, WorkerSetup } from './messages.ts'

/**
 * Evaluates Flux in a thread of its own, one query at a time. Data are asked of the thread that owns them; the evaluation blocks
 * until they are there, which keeps it a plain sequence of steps.
 */
const { answers, signal } = workerData as WorkerSetup
const port = parentPort!
const say = (message: FromWorker, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer)

function ask(question: Ask, transfer: ArrayBuffer[] = []): Answer {
  const seen = Atomics.load(signal, 0)
  say({ kind: 'ask', ask: question }, transfer)
  for (;;) {
    const received = receiveMessageOnPort(answers) as { readonly message: Answer } | undefined
    if (received !== undefined) {
      if (received.message.kind === 'failed') throw new FluxError(received.message.code, received.message.message)
      return received.message
    }
    Atomics.wait(signal, 0, seen, 1_000)
  }
}

class OwnerSource implements Source {
  constructor(readonly known: readonly BucketInfo[]) {}

  buckets(): readonly BucketInfo[] {
    return this.known
  }

  *read(plan: ReadPlan): Iterable<SeriesData> {
    const opened = ask({ kind: 'read', plan })
    if (opened.kind !== 'opened') throw new FluxError('internal error', 'the store did not open the read')
    let ended = false
    try {
      for (;;) {
        const batch = ask({ kind: 'next', read: opened.read })
        if (batch.kind !== 'batch' || batch.series.length === 0) break
        yield* batch.series
      }
      ended = true
    } finally {
      if (!ended) ask({ kind: 'close', read: opened.read })
    }
  }

  *series(plan: Omit<ReadPlan, 'aggregate'>): Iterable<SeriesData['tags']> {
    const answer = ask({ kind: 'series', plan })
    if (answer.kind === 'tags') yield* answer.tags
  }

  write(bucketId: string, points: readonly PointToWrite[]): string | null {
    const answer = ask({ kind: 'write', bucketId, points })
    return answer.kind === 'written' ? answer.partial : null
  }
}

async function run({ task, cancelled }: ToWorker): Promise<void> {
  const script = await prepare(task.script, task.extern)
  const budget = new Budget(task.limits, cancelled)
  const request = { script, nowNs: task.nowNs, dialect: task.dialect }
  const environment = { source: new OwnerSource(task.buckets), budget, pushdown: task.pushdown }
  if (task.resultless) {
    evaluateAway(request, environment)
    return
  }
  const pieces = evaluate(request, environment)
  for (const piece of pieces) {
    const bytes = new Uint8Array(piece)
    ask({ kind: 'output', bytes }, [bytes.buffer])
  }
}

port.on('message', (message: ToWorker) => {
  run(message).then(
    () => say({ kind: 'done' }),
    (error: unknown) => {
      if (error instanceof FluxError) say({ kind: 'failed', code: error.code, message: error.message })
      else
        say({
          kind: 'failed',
          code: 'internal error',
          message: error instanceof Error ? (error.stack ?? error.message) : String(error),
        })
    },
  )
})

// The checker loads the standard library's types at its first use: better now than at the first query.
prepare('x = 1').then(
  () => say({ kind: 'ready' }),
  (error: unknown) => say({ kind: 'failed', code: 'internal error', message: String(error) }),
)
