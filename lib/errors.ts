/** The error words of InfluxDB's HTTP API and the status each stands for. Every part answers with these. */
export const statusOf = {
  invalid: 400,
  'empty value': 400,
  unauthorized: 401,
  forbidden: 403,
  'not found': 404,
  'method not allowed': 405,
  'request too large': 413,
  conflict: 422,
  'unprocessable entity': 422,
  'too many requests': 429,
  'internal error': 500,
  'not implemented': 501,
  unavailable: 503,
} as const satisfies Record<string, number>

export type ErrorCode = keyof typeof statusOf

/** An expected refusal that one handler turns into HTTP: status from the code, body `{"code","message"}` and `details` beside them. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.status = statusOf[code]
  }

  toBody(): Record<string, unknown> {
    return { code: this.code, message: this.message, ...this.details }
  }
}

/** A mistake in how a command was called: printed without a stack, exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
