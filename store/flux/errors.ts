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
