import { type Clock, systemClock } from '../lib/clock.ts'
import type { Plant } from '../lib/plant/model.ts'
import { backFill, type Part } from './back-fill.ts'
import { contextClient } from './context-client.ts'
import { demoPlant } from './demo-plant.ts'
import { runMsMax } from './life/runs.ts'
import { runLive } from './live.ts'
import { requests, type Target } from './requests.ts'
import { sayContext } from './say-context.ts'
import { storedMarks, stretchMs, stretchOf } from './stretches.ts'
import { writeClient } from './write-client.ts'

/** How far the demo plant's data is. */
export interface SimulatorProgress {
  /** `history` while the past is filled in, `live` once it is there. */
  readonly phase: 'history' | 'live'
  /** Stretches of history acknowledged, of those this start has to send. */
  readonly done: number
  readonly total: number
  /** For a person, without a full stop. */
  readonly message: string
  /** Points acknowledged since the start, history alone. */
  readonly points: number
}

export interface SimulatorOptions extends Target {
  readonly plant: Plant
  readonly seed: number
  /** How much past to fill in, days; the first stretch may begin up to two hours earlier. */
  readonly historyDays: number
  readonly liveEveryMs: number
  readonly onProgress?: (progress: SimulatorProgress) => void
  /** Ends it. */
  readonly signal: AbortSignal
  readonly clock?: Clock
}

/** Requests of history under way at a time: enough to keep a store busy, few enough to leave room for others. */
const inFlight = 3

const dayMs = 86_400_000

/** History still to be sent, newest first: the stretch that is going on, then whole ones that the store has not. */
const partsToSend = (liveFromMs: number, historyFromMs: number, stored: ReadonlySet<number>): readonly Part[] => {
  const current = stretchOf(liveFromMs)
  const parts: Part[] = current < liveFromMs ? [{ fromMs: current, toMs: liveFromMs }] : []
  for (let fromMs = current - stretchMs; fromMs >= historyFromMs; fromMs -= stretchMs)
    if (!stored.has(fromMs)) parts.push({ fromMs, toMs: fromMs + stretchMs })
  return parts
}

/**
 * Runs the demo plant against an ingestor: first what ran on the machines, then live readings, and beside them the past, newest first. A second start
 * sends only what the store lacks, the pause since the last stop included; sending a point twice changes nothing.
 * @returns when the signal is aborted
 * @throws WriteRefused when the server does not want the data (wrong token, unknown bucket), ContextRefused when it is no ingestor of
 * Plantwatch or the token may not say what runs; whatever may pass is tried again
 */
export async function startSimulator(options: SimulatorOptions): Promise<void> {
  const { url, token, org, bucket, seed, liveEveryMs, clock = systemClock } = options
  if (!(liveEveryMs >= 1)) throw new RangeError('liveEveryMs must be at least 1 ms')
  if (!(options.historyDays >= 0)) throw new RangeError('historyDays must not be below 0')
  const everyMs = Math.round(liveEveryMs)
  const target = { url, token, org, bucket }
  const plant = demoPlant(options.plant, seed)
  const ended = new AbortController()
  const signal = AbortSignal.any([options.signal, ended.signal])

  let done = 0
  let total = 0
  let points = 0
  let filled = false
  let trouble: string | null = null
  const report = (): void => {
    const phase = filled ? 'live' : 'history'
    const sent = `${points.toLocaleString('en')} points so far`
    const message = trouble ?? (filled ? 'history is complete' : `filling in history, ${sent}`)
    options.onProgress?.({ phase, done, total, message, points })
  }
  const ask = requests({
    target,
    clock,
    signal,
    onTrouble(why, waitMs) {
      trouble = `the server is not taking data (${why}), next try in ${waitMs} ms`
      report()
    },
  })
  const write = writeClient(target, ask)
  const context = contextClient(ask, clock, signal)
  const acknowledged = (): void => {
    trouble = null
    report()
  }

  const fill = async (liveFromMs: number, historyFromMs: number, stored: ReadonlySet<number>): Promise<void> => {
    const parts = partsToSend(liveFromMs, historyFromMs, stored)
    total = parts.length
    report()
    await backFill({
      plant,
      write,
      parts,
      inFlight,
      onDone(_, sent) {
        done++
        points += sent
        acknowledged()
      },
    })
  }
  try {
    const startMs = Number(clock.nowNs() / 1_000_000n)
    const liveFromMs = Math.floor(startMs / everyMs) * everyMs
    const historyFromMs = stretchOf(liveFromMs - options.historyDays * dayMs)
    const stored = await storedMarks(target, plant.run, clock, signal)
    // What ran at the beginning of history began before it.
    const say = sayContext({ plant, context, write, marks: stored.context }, historyFromMs - runMsMax)
    await say(liveFromMs)
    const filling = fill(liveFromMs, historyFromMs, stored.stretches).then(() => {
      filled = true
      report()
    })
    const living = runLive({
      plant,
      write,
      say,
      clock,
      signal,
      fromMs: liveFromMs,
      everyMs,
      isBackFilled: () => filled,
      onSent() {
        if (trouble !== null) acknowledged()
      },
    })
    await Promise.all([filling, living])
  } catch (error) {
    if (!options.signal.aborted) throw error
  } finally {
    ended.abort(new Error('the demo plant has ended'))
  }
}
