import { useSyncExternalStore } from 'react'
import type { BoardStatus } from '../../api.ts'
import { askProgress, askStatus, type Progress, SignedOut } from './ask.ts'
import { loadingPanels } from './loading.ts'

export interface ConnectionState {
  readonly kind: 'new' | 'good' | 'lost' | 'signed out'
  readonly status: BoardStatus | null
  /** This browser's clock when the status came. */
  readonly atMs: number
  readonly lostSinceMs: number | null
  readonly reason: string | null
  readonly progress: Progress | null
  /** Goes up each time that everything is worth asking again. */
  readonly round: number
}

const everyMs = 5_000
const whenLostMs = 2_000
const whileFillingMs = 1_000
/** While the past is being filled in, charts grow this often. */
const growEveryMs = 10_000

/** Whether the plant's data can be had, how old it is, and how far its history is filled in. */
class Connection {
  #state: ConnectionState = {
    kind: 'new',
    status: null,
    atMs: Date.now(),
    lostSinceMs: null,
    reason: null,
    progress: null,
    round: 0,
  }
  readonly #listeners = new Set<() => void>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #asking = false
  #grewAtMs = 0

  get state(): ConnectionState {
    return this.#state
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    if (this.#timer === undefined) void this.#ask()
    return () => this.#listeners.delete(listener)
  }

  /** Somebody got no answer: look at once. */
  doubt(): void {
    if (this.#state.kind === 'good') void this.#ask()
  }

  async #ask(): Promise<void> {
    if (this.#asking) return
    this.#asking = true
    clearTimeout(this.#timer)
    const filling = isFilling(this.#state.progress)
    const [status, progress] = await Promise.all([
      askStatus().catch((error: unknown) => error as Error),
      filling || this.#state.kind !== 'good' ? askProgress() : this.#state.progress,
    ])
    this.#asking = false
    this.#take(status, progress)
    const wait = this.#state.kind === 'lost' ? whenLostMs : isFilling(progress) ? whileFillingMs : everyMs
    this.#timer = setTimeout(() => void this.#ask(), wait)
  }

  #take(status: BoardStatus | Error, progress: Progress | null): void {
    const before = this.#state
    const now = Date.now()
    if (status instanceof SignedOut) {
      this.#set({ ...before, kind: 'signed out', reason: null })
      return
    }
    if (status instanceof Error || !status.connected) {
      const reason = status instanceof Error ? 'the board’s server does not answer' : status.reason
      this.#set({ ...before, kind: 'lost', lostSinceMs: before.lostSinceMs ?? now, reason })
      return
    }
    const cameBack = before.kind === 'lost' || before.kind === 'signed out'
    const filled = isFilling(before.progress) && !isFilling(progress)
    const grew = isFilling(progress) && now - this.#grewAtMs > growEveryMs && loadingPanels.count === 0
    if (grew) this.#grewAtMs = now
    const round = before.round + (cameBack || filled || (grew && before.kind === 'good') ? 1 : 0)
    this.#set({ kind: 'good', status, atMs: now, lostSinceMs: null, reason: null, progress, round })
  }

  #set(state: ConnectionState): void {
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}

export const isFilling = (progress: Progress | null): progress is Progress =>
  progress !== null && progress.phase !== 'live' && progress.total > 0 && progress.done < progress.total

export const connection = new Connection()

/** A number that goes up each time that everything is worth asking again; the page is drawn anew for nothing less. */
export const useRound = (): number => useSyncExternalStore(connection.subscribe, () => connection.state.round)

/** Whether what is on the page can no longer be trusted to be new. */
export const useLost = (): boolean =>
  useSyncExternalStore(
    connection.subscribe,
    () => connection.state.kind === 'lost' || connection.state.kind === 'signed out',
  )

export const useConnection = (): ConnectionState => useSyncExternalStore(connection.subscribe, () => connection.state)
