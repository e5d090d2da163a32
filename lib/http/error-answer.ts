import { ApiError } from '../errors.ts'

/** Headers of every error answer, after InfluxDB. */
export const errorHeaders = (code: string): Record<string, string> => ({
  'Content-Type': 'application/json; charset=utf-8',
  'X-Platform-Error-Code': code,
})

/** An error that nobody foresaw hides its text from the sender; the log has it. */
export function asApiError(error: unknown, log: (message: string) => void): ApiError {
  if (error instanceof ApiError) return error
  log(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return new ApiError('internal error', 'An internal error has occurred - check server logs')
}

/** The one place where errors become HTTP: `{"code","message"}` and whatever else the error tells. */
export function errorResponse(error: ApiError): Response {
  return new Response(JSON.stringify(error.toBody()), { status: error.status, headers: errorHeaders(error.code) })
}
