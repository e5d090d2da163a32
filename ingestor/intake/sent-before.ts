import { ApiError } from '../../lib/errors.ts'
import type { RequestName } from './request-name.ts'

/** Names kept in memory; with more, the oldest are forgotten. */
const namesMax = 100_000

/**
 * Requests that were named by an `Idempotency-Key` and are on disk, by token and key: sent again they are acknowledged and not
 * stored twice, and another request under the same key is refused. After a start it knows those that the log still holds, which is
 * at least its last segment.
 */
export class SentBefore {
  /** Token and key to what the request was known by. */
  readonly #prints = new Map<string, string>()
  /** Requests on their way to the disk: a second one waits for the first. */
  readonly #underWay = new Map<string, UnderWay>()

  remember(tokenId: string, { key, print }: RequestName): void {
    this.#prints.set(idOf(tokenId, key), print)
    if (this.#prints.size > namesMax) this.#prints.delete(this.#prints.keys().next().value!)
  }

  /**
   * Begins a request. @param again called in place of storing it: at once or when the first one is through; false: that one failed,
   * so this one is to be tried anew
   * @returns how to end it, or null when `again` is called
   * @throws ApiError conflict when another request had its name
   */
  begin(tokenId: string, name: RequestName, again: (stored: boolean) => void): ((stored: boolean) => void) | null {
    const id = idOf(tokenId, name.key)
    const stored = this.#prints.get(id)
    if (stored !== undefined) {
      refuseOther(stored, name)
      again(true)
      return null
    }
    const first = this.#underWay.get(id)
    if (first !== undefined) {
      refuseOther(first.print, name)
      first.waiting.push(again)
      return null
    }
    const own: UnderWay = { print: name.print, waiting: [] }
    this.#underWay.set(id, own)
    return (stored) => {
      this.#underWay.delete(id)
      if (stored) this.remember(tokenId, name)
      for (const other of own.waiting) other(stored)
    }
  }
}

interface UnderWay {
  readonly print: string
  readonly waiting: ((stored: boolean) => void)[]
}

const idOf = (tokenId: string, key: string): string => `${tokenId}\0${key}`

function refuseOther(print: string, name: RequestName): void {
  if (print !== '' && print !== name.print)
    throw new ApiError(
      'conflict',
      `another request came under the Idempotency-Key "${name.key}", and nothing of this one was stored: give each request a key of its own`,
    )
}
