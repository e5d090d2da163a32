import { FluxError } from './errors.ts'

export interface BudgetLimits {
  readonly rowsMax: number
  readonly bytesMax: number
  readonly timeoutMs: number
}

export const tookTooLong = (timeoutMs: number): FluxError =>
  new FluxError(
    'resource exhausted',
    `query took longer than the limit of ${timeoutMs} ms; narrow its range or aggregate earlier`,
  )

/** What one query may use. Operators charge what they hold; loops call `check` every few thousand rows. */
export class Budget {
  #rows = 0
  #bytes = 0
  readonly #deadlineMs: number

  /** @param cancelled shared flag, element 0 is 1 once the client has left; undefined for a query nobody can cancel */
  constructor(
    readonly limits: BudgetLimits,
    readonly cancelled?: Int32Array,
    readonly nowMs: () => number = () => performance.now(),
  ) {
    this.#deadlineMs = nowMs() + limits.timeoutMs
  }

  /** @throws FluxError when the query was cancelled or has run too long */
  check(): void {
    if (this.cancelled !== undefined && Atomics.load(this.cancelled, 0) === 1)
      throw new FluxError('canceled', 'query was canceled')
    if (this.nowMs() > this.#deadlineMs) throw tookTooLong(this.limits.timeoutMs)
  }

  /** @throws FluxError when rows or bytes held exceed the limit */
  charge(rows: number, bytes: number): void {
    this.#rows += rows
    this.#bytes += bytes
    if (this.#rows > this.limits.rowsMax)
      throw new FluxError(
        'resource exhausted',
        `query holds more than ${this.limits.rowsMax} rows, the limit of the embedded store; narrow its range or aggregate earlier`,
      )
    if (this.#bytes > this.limits.bytesMax)
      throw new FluxError(
        'resource exhausted',
        `query holds more than ${this.limits.bytesMax} bytes, the limit of the embedded store; narrow its range or aggregate earlier`,
      )
    this.check()
  }

  release(rows: number, bytes: number): void {
    this.#rows -= rows
    this.#bytes -= bytes
  }
}
