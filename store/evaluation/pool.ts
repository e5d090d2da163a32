import { availableParallelism } from 'node:os'
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads'
import { startWorker } from '../../lib/process/worker-thread.ts'
import type { Reader } from '../duckdb/reader.ts'
import { type BudgetLimits, tookTooLong } from '../flux/budget.ts'
import { FluxError } from '../flux/errors.ts'
import type { SeriesData } from '../flux/plan/read.ts'
import type { PointToWrite } from '../flux/source.ts'
import type { Answer, Ask, FromWorker, QueryTask, ToWorker, WorkerSetup } from './messages.ts'

/** Writes what a script's `to` asks for. @returns the text of a partial write, or null */
export type WritePoints = (bucketId: string, points: readonly PointToWrite[]) => Promise<string | null>

export interface PoolOptions {
  readonly workersMax: number
  readonly limits: BudgetLimits
  /** Memory of one worker's heap, in MB: beyond it the worker ends, and its query with a clear error. */
  readonly heapMb: number
}

export const defaultPoolOptions: PoolOptions = {
  // More than cores: two long queries must not keep a short one waiting.
  workersMax: Math.max(4, Math.min(8, availableParallelism())),
  limits: { rowsMax: 60_000_000, bytesMax: 3 * 1024 ** 3, timeoutMs: 120_000 },
  heapMb: 2048,
}

export type Query = Omit<QueryTask, 'limits' | 'pushdown' | 'resultless'> & {
  readonly pushdown?: boolean
  readonly resultless?: boolean
  readonly signal?: AbortSignal
}

interface Job {
  readonly query: Query
  readonly resolve: (csv: AsyncIterable<Uint8Array>) => void
  readonly reject: (error: unknown) => void
}

/**
 * Worker threads that evaluate Flux. A query gets a worker of its own for as long as it runs; others wait in line. The data
 * stay with this thread, which answers the workers' questions.
 */
export class EvaluationPool {
  readonly #idle: Evaluator[] = []
  readonly #all = new Set<Evaluator>()
  readonly #waiting: Job[] = []
  #closed = false

  constructor(
    readonly reader: Reader,
    readonly write: WritePoints,
    readonly options: PoolOptions = defaultPoolOptions,
  ) {
    this.#idle.push(this.#start())
  }

  get running(): number {
    return this.#all.size - this.#idle.length
  }
  get waiting(): number {
    return this.#waiting.length
  }

  /**
   * Evaluates a query. Resolves once the first bytes are there; those must be read, or the signal aborted.
   * @throws FluxError what is wrong with the query, when it is known before the first byte
   */
  query(query: Query): Promise<AsyncIterable<Uint8Array>> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new FluxError('internal error', 'the store is closing'))
      const job: Job = { query, resolve, reject }
      query.signal?.addEventListener('abort', () => {
        const at = this.#waiting.indexOf(job)
        if (at === -1) return
        this.#waiting.splice(at, 1)
        reject(new FluxError('canceled', 'query was canceled'))
      })
      this.#waiting.push(job)
      this.#next()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const job of this.#waiting.splice(0)) job.reject(new FluxError('internal error', 'the store is closing'))
    await Promise.all([...this.#all].map((evaluator) => evaluator.close()))
  }

  #start(): Evaluator {
    const evaluator = new Evaluator(this.reader, this.write, this.options)
    this.#all.add(evaluator)
    evaluator.onGone = () => {
      this.#all.delete(evaluator)
      const at = this.#idle.indexOf(evaluator)
      if (at !== -1) this.#idle.splice(at, 1)
      if (!this.#closed) this.#next()
    }
    return evaluator
  }

  #next(): void {
    while (this.#waiting.length > 0) {
      if (this.#idle.length === 0) {
        if (this.#all.size >= this.options.workersMax) return
        this.#idle.push(this.#start())
      }
      const evaluator = this.#idle.pop()!
      const { query, resolve, reject } = this.#waiting.shift()!
      evaluator.run(query, resolve, reject, () => {
        if (this.#all.has(evaluator)) this.#idle.push(evaluator)
        this.#next()
      })
    }
  }
}

/** Bytes that may wait for a slow client before the evaluation is made to wait too. */
const outputBytesMax = 1 << 20

/** How long a query that is to end may go on until its next look at the budget; then its worker is ended with it. */
const graceMs = 1_000

/** One worker and the query that it runs. */
class Evaluator {
  onGone: () => void = () => {}
  readonly #worker: Worker
  readonly #answers: MessagePort
  readonly #signal = new Int32Array(new SharedArrayBuffer(4))
  #current: Current | null = null
  /** The time of a query counts from when the worker has loaded. */
  #ready = false
  /** Why the worker is being ended. */
  #ending: FluxError | null = null
  #gone = false

  constructor(
    readonly reader: Reader,
    readonly write: WritePoints,
    readonly options: PoolOptions,
  ) {
    const { port1, port2 } = new MessageChannel()
    this.#answers = port1
    this.#worker = startWorker('./worker', import.meta.url, {
      workerData: { answers: port2, signal: this.#signal } satisfies WorkerSetup,
      transferList: [port2],
      resourceLimits: { maxOldGenerationSizeMb: options.heapMb },
    })
    this.#worker.on('message', (message: FromWorker) => this.#hear(message))
    this.#worker.on('error', (error) => this.#lost(error))
    this.#worker.on('exit', () => this.#lost(new Error('the evaluation ended unexpectedly')))
    this.#worker.unref()
  }

  run(query: Query, resolve: Job['resolve'], reject: Job['reject'], done: () => void): void {
    const cancelled = new Int32Array(new SharedArrayBuffer(4))
    const current = new Current(query, cancelled, resolve, reject, done, () =>
      this.#endIn(graceMs, current, new FluxError('canceled', 'query was canceled')),
    )
    this.#current = current
    if (this.#ready) this.#endOvertime(current)
    this.#worker.ref()
    const { signal, script, extern, nowNs, dialect, buckets } = query
    const cancel = (): void => current.cancel()
    if (signal?.aborted) cancel()
    signal?.addEventListener('abort', cancel, { once: true })
    const task: QueryTask = {
      script,
      extern,
      nowNs,
      dialect,
      buckets,
      limits: this.options.limits,
      pushdown: query.pushdown ?? true,
      resultless: query.resultless ?? false,
    }
    this.#worker.postMessage({ task, cancelled } satisfies ToWorker)
  }

  async close(): Promise<void> {
    this.#current?.cancel()
    await this.#worker.terminate()
  }

  #endOvertime(current: Current): void {
    const { timeoutMs } = this.options.limits
    this.#endIn(timeoutMs + graceMs, current, tookTooLong(timeoutMs))
  }

  /** A loop over the rows of one huge table looks at no budget: the worker goes, and another one takes its place. */
  #endIn(ms: number, current: Current, reason: FluxError): void {
    if (this.#current !== current) return
    setTimeout(() => {
      if (this.#current !== current || this.#gone) return
      this.#ending = reason
      void this.#worker.terminate()
    }, ms).unref()
  }

  #hear(message: FromWorker): void {
    const current = this.#current
    if (message.kind === 'ready') {
      this.#ready = true
      if (current !== null) this.#endOvertime(current)
      return
    }
    if (message.kind === 'ask') {
      void this.#respond(message.ask, current)
      return
    }
    if (current === null) return
    this.#finish(current, message.kind === 'failed' ? new FluxError(message.code, message.message) : null)
  }

  #lost(error: Error): void {
    if (this.#gone) return
    this.#gone = true
    const { code } = error as { code?: string }
    // First out of the pool: its query's end gives the place to the next one in line, who must not get a dead worker.
    this.onGone()
    if (this.#current !== null)
      this.#finish(
        this.#current,
        this.#ending ??
          (code === 'ERR_WORKER_OUT_OF_MEMORY'
            ? new FluxError(
                'resource exhausted',
                `query needs more memory than the ${this.options.heapMb} MB it may use; narrow its range or aggregate earlier`,
              )
            : new FluxError('internal error', `the evaluation ended unexpectedly: ${error.message}`)),
      )
  }

  #finish(current: Current, error: FluxError | null): void {
    this.#current = null
    this.#worker.unref()
    current.end(error)
    current.done()
  }

  async #respond(ask: Ask, current: Current | null): Promise<void> {
    let answer: Answer
    try {
      answer =
        current === null
          ? { kind: 'failed', code: 'canceled', message: 'query was canceled' }
          : await this.#answer(ask, current)
    } catch (error) {
      answer = {
        kind: 'failed',
        code: error instanceof FluxError ? error.code : 'internal error',
        message: (error as Error).message,
      }
    }
    this.#answers.postMessage(answer, answer.kind === 'batch' ? transferable(answer.series) : [])
    Atomics.add(this.#signal, 0, 1)
    Atomics.notify(this.#signal, 0)
  }

  async #answer(ask: Ask, current: Current): Promise<Answer> {
    switch (ask.kind) {
      case 'read':
        return { kind: 'opened', read: current.open(this.reader.read(ask.plan)) }
      case 'next':
        return { kind: 'batch', series: await current.next(ask.read) }
      case 'close':
        await current.close(ask.read)
        return { kind: 'taken' }
      case 'series':
        return { kind: 'tags', tags: this.reader.matching(ask.plan).map(({ series }) => series.tags) }
      case 'write':
        return { kind: 'written', partial: await this.write(ask.bucketId, ask.points) }
      case 'output':
        await current.output(ask.bytes)
        return { kind: 'taken' }
    }
  }
}

const transferable = (series: readonly SeriesData[]): ArrayBuffer[] => {
  const buffers = new Set<ArrayBuffer>()
  for (const { times, values } of series) {
    buffers.add(times.buffer as ArrayBuffer)
    if (!Array.isArray(values)) buffers.add((values as Float64Array).buffer as ArrayBuffer)
  }
  return [...buffers]
}

/** What one query has open and has written. */
class Current {
  readonly #reads = new Map<number, AsyncGenerator<SeriesData[]>>()
  #nextRead = 1
  readonly #pieces: Uint8Array[] = []
  #bytes = 0
  #begun = false
  #ended = false
  #error: FluxError | null = null
  #wakeReader: () => void = () => {}
  #wakeWriter: () => void = () => {}

  constructor(
    readonly query: Query,
    readonly cancelled: Int32Array,
    readonly resolve: Job['resolve'],
    readonly reject: Job['reject'],
    readonly done: () => void,
    readonly onCancel: () => void,
  ) {}

  cancel(): void {
    Atomics.store(this.cancelled, 0, 1)
    this.#wakeWriter()
    this.onCancel()
  }

  open(read: AsyncGenerator<SeriesData[]>): number {
    this.#reads.set(this.#nextRead, read)
    return this.#nextRead++
  }

  /** The next batch that is not empty; empty at the end. */
  async next(id: number): Promise<readonly SeriesData[]> {
    const read = this.#reads.get(id)
    while (read !== undefined && Atomics.load(this.cancelled, 0) === 0) {
      const { done, value } = await read.next()
      if (done === true) break
      if (value.length > 0) return value
    }
    this.#reads.delete(id)
    return []
  }

  async close(id: number): Promise<void> {
    await this.#reads.get(id)?.return(undefined)
    this.#reads.delete(id)
  }

  /** Takes a piece of the answer; resolves when there is room for the next one. */
  async output(bytes: Uint8Array): Promise<void> {
    this.#pieces.push(bytes)
    this.#bytes += bytes.length
    this.#begin()
    this.#wakeReader()
    while (this.#bytes > outputBytesMax && Atomics.load(this.cancelled, 0) === 0)
      await new Promise<void>((wake) => {
        this.#wakeWriter = wake
      })
  }

  end(error: FluxError | null): void {
    this.#ended = true
    if (error !== null && !this.#begun) {
      this.reject(error)
      return
    }
    this.#error = error
    this.#begin()
    this.#wakeReader()
  }

  #begin(): void {
    if (this.#begun) return
    this.#begun = true
    this.resolve(this.#csv())
  }

  async *#csv(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const piece = this.#pieces.shift()
        if (piece !== undefined) {
          this.#bytes -= piece.length
          this.#wakeWriter()
          yield piece
        } else if (this.#ended) {
          if (this.#error !== null) throw this.#error
          return
        } else
          await new Promise<void>((wake) => {
            this.#wakeReader = wake
          })
      }
    } finally {
      this.cancel()
    }
  }
}
