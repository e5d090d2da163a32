/** Flux status codes as far as the engine uses them; HTTP maps `not found` to 404 and the others to 400. */
export type FluxCode = 'invalid' | 'not found' | 'unimplemented' | 'resource exhausted' | 'canceled' | 'internal error'

/** Where in a script: 1-based lines and columns, as Flux prints them. */
export interface Location {
  readonly start: { readonly line: number; readonly column: number }
  readonly end: { readonly line: number; readonly column: number }
}

export const formatLocation = ({ start, end }: Location): string =>
  `@${start.line}:${start.column}-${end.line}:${end.column}`

/** Whatever goes wrong in a script. `message` is what the client reads, in InfluxDB's words where it has some. */
export class FluxError extends Error {
  override readonly name = 'FluxError'
  /** True once an operator or call has put its position in front. */
  readonly positioned: boolean

  constructor(
    readonly code: FluxCode,
    message: string,
    options: ErrorOptions & { readonly positioned?: boolean } = {},
  ) {
    super(message, options)
    this.positioned = options.positioned ?? false
  }
}

/** What the embedded store does not do, by name: a function, a parameter or a mode. */
export class UnsupportedError extends FluxError {
  constructor(readonly what: string) {
    super('unimplemented', `${what} is not supported by the embedded store`)
  }
}

/** A call that failed: the error of what was called, with the call's name and position in front. */
export class CallFailed extends FluxError {
  constructor(
    readonly inner: FluxError,
    functionName: string,
    location: Location,
  ) {
    super(inner.code, `error calling function "${functionName}" ${formatLocation(location)}: ${inner.message}`, {
      cause: inner,
    })
  }
}

/** Two operands of types that an operator does not take. */
export class UnsupportedOperands extends FluxError {
  constructor(
    readonly operator: string,
    readonly leftType: string,
    readonly rightType: string,
  ) {
    super('invalid', `unsupported binary expression ${leftType} ${operator} ${rightType}`)
  }
}

/** What went wrong in a function that runs row by row: calls inside of it do not tell their positions. */
export function withoutCalls(error: unknown): unknown {
  let inner = error
  while (inner instanceof CallFailed) inner = inner.inner
  return inner
}
