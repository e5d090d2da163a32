/** Keys kept in memory; with more, the oldest are forgotten. */
const keysMax = 100_000

/**
 * Requests that were named by an `Idempotency-Key` and are on disk, by token and key: sent again they are acknowledged and not
 * stored twice. After a start it knows those that the log still holds, which is at least its last segment.
 */
export class SentBefore {
  readonly #keys = new Set<string>()
  /** Requests on their way to the disk: a second one waits for the first. */
  readonly #underWay = new Map<string, ((stored: boolean) => void)[]>()

  remember(tokenId: string, key: string): void {
    this.#keys.add(idOf(tokenId, key))
    if (this.#keys.size > keysMax) this.#keys.delete(this.#keys.values().next().value!)
  }

  /**
   * Begins a request. @param again called in place of storing it: at once or when the first one is through; false: that one failed,
   * so this one is to be tried anew
   * @returns how to end it, or null when `again` is called
   */
  begin(tokenId: string, key: string, again: (stored: boolean) => void): ((stored: boolean) => void) | null {
    const id = idOf(tokenId, key)
    if (this.#keys.has(id)) {
      again(true)
      return null
    }
    const waiting = this.#underWay.get(id)
    if (waiting !== undefined) {
      waiting.push(again)
      return null
    }
    this.#underWay.set(id, [])
    return (stored) => {
      const others = this.#underWay.get(id) ?? []
      this.#underWay.delete(id)
      if (stored) this.remember(tokenId, key)
      for (const other of others) other(stored)
    }
  }
}

const idOf = (tokenId: string, key: string): string => `${tokenId}\0${key}`
