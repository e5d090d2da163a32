import { useSyncExternalStore } from 'react'

/** How many panels are waiting for an answer. */
class Loading {
  #count = 0
  readonly #listeners = new Set<() => void>()

  /** @returns to be called once it is over */
  begin(): () => void {
    this.#change(1)
    return () => this.#change(-1)
  }

  get count(): number {
    return this.#count
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #change(by: number): void {
    this.#count += by
    for (const listener of this.#listeners) listener()
  }
}

export const loadingPanels = new Loading()

export const useLoading = (): boolean => useSyncExternalStore(loadingPanels.subscribe, () => loadingPanels.count > 0)
