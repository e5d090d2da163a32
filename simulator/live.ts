import type { Clock } from '../lib/clock.ts'
import type { DemoPlant } from './demo-plant.ts'
import type { Say } from './say-context.ts'
import { stretchMark, stretchMs, stretchOf } from './stretches.ts'
import type { Write } from './write-client.ts'

export interface LiveOptions {
  readonly plant: DemoPlant
  readonly write: Write
  readonly say: Say
  readonly clock: Clock
  readonly signal: AbortSignal
  /** From here on, ms since 1970. */
  readonly fromMs: number
  readonly everyMs: number
  /** Whether the part of the stretch before `fromMs` has been acknowledged, asked when the stretch is over. */
  readonly isBackFilled: () => boolean
  /** Told after each acknowledged reading, with the time it is complete to. */
  readonly onSent: (toMs: number) => void
}

/** After a longer pause (a closed lid) what lies between is sent at one-minute steps, as history is. */
const pauseMs = 10 * 60_000

const nowMs = (clock: Clock): number => Number(clock.nowNs() / 1_000_000n)

/** Sends what happens as it happens, without a gap: what could not be sent goes first. Ends only by rejecting. */
export async function runLive(options: LiveOptions): Promise<never> {
  const { plant, write, say, clock, signal, everyMs } = options
  let sentTo = options.fromMs
  /** Whether all of the stretch that `sentTo` is in comes from here; not so for the first one. */
  let whole = false

  const finishStretch = async (): Promise<void> => {
    const began = sentTo - stretchMs
    if (whole || options.fromMs === began || options.isBackFilled()) await write(stretchMark(plant.run, began))
    whole = true
  }
  for (;;) {
    const now = nowMs(clock)
    // The reading of this very moment belongs to it: windows are half open.
    const due = Math.floor(now / everyMs) * everyMs + 1
    while (sentTo < due) {
      const toMs = Math.min(due, stretchOf(sentTo) + stretchMs)
      await say(toMs)
      if (due - sentTo > pauseMs) for (const batch of plant.history(sentTo, toMs)) await write(batch.text)
      else {
        const batch = plant.live(sentTo, toMs, everyMs)
        if (batch.lines > 0) await write(batch.text)
      }
      sentTo = toMs
      if (sentTo % stretchMs === 0) await finishStretch()
      options.onSent(sentTo)
    }
    await clock.sleep(Math.max(1, everyMs - (nowMs(clock) % everyMs)), signal)
  }
}
