import type {
  BoardStatus,
  DashboardEntry,
  PanelAnswer,
  PanelQuestion,
  VariableAnswer,
  VariableQuestion,
} from '../../api.ts'
import type { DashboardModel } from './dashboard-model.ts'

/** The server of the board did not answer. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

/** The sign-in has ended. */
export class SignedOut extends Error {
  override readonly name = 'SignedOut'
}

/**
 * One less than a browser asks one server at once, so that the question whether the store is there never waits behind
 * answers that do not come. The rest waits here, where it can still be called off.
 */
const atOnceMax = 5
let running = 0
const waiting: (() => void)[] = []

async function inTurn<T>(signal: AbortSignal | undefined, task: () => Promise<T>): Promise<T> {
  if (running >= atOnceMax) await new Promise<void>((resolve) => waiting.push(resolve))
  else running++
  try {
    signal?.throwIfAborted()
    return await task()
  } finally {
    const next = waiting.shift()
    if (next === undefined) running--
    else next()
  }
}

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  let response: Response
  try {
    response = await fetch(path, { credentials: 'same-origin', ...init })
  } catch (error) {
    if (init.signal?.aborted) throw error
    throw new Unreachable('the board’s server does not answer', { cause: error })
  }
  if (response.status === 401) throw new SignedOut('the sign-in has ended')
  if (response.ok) return (await response.json()) as T
  const words = (await response.json().catch(() => null)) as { message?: string } | null
  const message = words?.message ?? `the board’s server answered with status ${response.status}`
  throw response.status >= 502 ? new Unreachable(message) : new Error(message)
}

const post = <T>(path: string, body: unknown, signal: AbortSignal): Promise<T> =>
  inTurn(signal, () =>
    ask<T>(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    }),
  )

export const askDashboards = (): Promise<readonly DashboardEntry[]> => ask('/api/board/dashboards')
export const askDashboard = (uid: string): Promise<DashboardModel> =>
  ask(`/api/board/dashboards/${encodeURIComponent(uid)}`)
export const askPanel = (question: PanelQuestion, signal: AbortSignal): Promise<PanelAnswer> =>
  post('/api/board/query', question, signal)
export const askVariable = (question: VariableQuestion, signal: AbortSignal): Promise<VariableAnswer> =>
  post('/api/board/variable', question, signal)

const patienceMs = 8_000
export const askStatus = (): Promise<BoardStatus> =>
  ask('/api/board/status', { signal: AbortSignal.timeout(patienceMs) })

/** How far the start of the plant is; the gateway tells. */
export interface Progress {
  readonly phase: string
  readonly done: number
  readonly total: number
  readonly message: string
}

/** Null where nobody tells. */
export const askProgress = (): Promise<Progress | null> =>
  ask<Progress>('/api/v1/progress', { signal: AbortSignal.timeout(patienceMs) }).catch(() => null)
