import { type DecodedTable, decodeCsv, QueryFailed } from '../../lib/annotated-csv/decode.ts'
import type { QueryProblem } from '../api.ts'

/** Where the board's questions go. The token stays here. */
export interface BoardStore {
  readonly url: string
  readonly token: string
  readonly org: string
}

/** A question without an answer. */
export class StoreProblem extends Error {
  override readonly name = 'StoreProblem'

  constructor(
    readonly code: QueryProblem['code'],
    message: string,
  ) {
    super(message)
  }
}

/** More than a page can hold: a query that reads raw points for months. */
const answerBytesMax = 64 * 1024 * 1024

/**
 * Runs a script and reads its answer.
 * @param signal ends the query when whoever asked is gone
 * @returns tables in the order in which they came
 * @throws StoreProblem with the store's own words, also for an error after the first table
 */
export async function askStore(
  { url, token, org }: BoardStore,
  script: string,
  { signal, timeoutMs }: { readonly signal?: AbortSignal; readonly timeoutMs: number },
): Promise<readonly DecodedTable[]> {
  const timeout = AbortSignal.timeout(timeoutMs)
  let status: number
  let text: string
  try {
    const response = await fetch(`${url.replace(/\/$/, '')}/api/v2/query?${new URLSearchParams({ org })}`, {
      method: 'POST',
      headers: {
        Authorization: `Token ${token}`,
        'Content-Type': 'application/json',
        Accept: 'application/csv',
      },
      body: JSON.stringify({
        query: script,
        type: 'flux',
        dialect: { header: true, delimiter: ',', annotations: ['datatype', 'group', 'default'] },
      }),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    })
    status = response.status
    text = await readWhole(response)
  } catch (error) {
    if (error instanceof StoreProblem || signal?.aborted) throw error
    if (timeout.aborted) throw new StoreProblem('unavailable', `the store did not answer within ${timeoutMs / 1000} s`)
    throw new StoreProblem('unavailable', 'the store cannot be reached')
  }
  if (status !== 200) throw new StoreProblem(isPassing(status) ? 'unavailable' : 'refused', wordsOf(status, text))
  try {
    return [...decodeCsv(text)]
  } catch (error) {
    if (error instanceof QueryFailed) throw new StoreProblem('refused', error.message)
    throw new StoreProblem('refused', `the store’s answer cannot be read: ${(error as Error).message}`)
  }
}

const isPassing = (status: number): boolean => status === 429 || status === 502 || status === 503 || status === 504

async function readWhole(response: Response): Promise<string> {
  if (response.body === null) return ''
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += part.length
    if (bytes > answerBytesMax)
      throw new StoreProblem(
        'refused',
        `the answer is larger than ${answerBytesMax / 1024 / 1024} MB; choose a shorter time`,
      )
    text += decoder.decode(part, { stream: true })
  }
  return text + decoder.decode()
}

function wordsOf(status: number, text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown }
    if (typeof message === 'string' && message !== '') return message
  } catch {
    // A proxy between answers in HTML; its words help nobody.
  }
  return `the store answered with status ${status}`
}
