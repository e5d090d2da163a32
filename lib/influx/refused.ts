import type { RawAnswer } from '../http/influx-request.ts'

/** The store answered, and the answer is no. */
export class InfluxRefused extends Error {
  override readonly name = 'InfluxRefused'

  constructor(
    readonly status: number,
    /** InfluxDB's word: `unauthorized`, `not found`, `invalid`, … */
    readonly code: string,
    message: string,
  ) {
    super(message)
  }

  /** Whether waiting may help: a bucket, a right or a store that is not there yet. A bad query stays bad. */
  get passing(): boolean {
    return [401, 403, 404, 429].includes(this.status) || this.status >= 500
  }

  /** Out of an answer, whatever its body: proxies answer in HTML. */
  static from(deed: string, url: string, { status, text }: RawAnswer): InfluxRefused {
    const { code, message } = wordsOf(text)
    const hint =
      status === 401
        ? ' (is INFLUX_TOKEN the right one?)'
        : status === 404
          ? ' (do organization and bucket exist, and does this server speak the InfluxDB 2 API with Flux?)'
          : ''
    return new InfluxRefused(status, code, `${url} refused to ${deed}: ${status} ${message}${hint}`)
  }
}

function wordsOf(text: string): { code: string; message: string } {
  try {
    const body = JSON.parse(text) as { code?: unknown; message?: unknown } | null
    if (typeof body?.message === 'string')
      return { code: typeof body.code === 'string' ? body.code : 'unknown', message: body.message }
  } catch {
    // Not the API's own words: shown as they are, shortened.
  }
  return { code: 'unknown', message: text.trim().slice(0, 200) || 'without a word' }
}
