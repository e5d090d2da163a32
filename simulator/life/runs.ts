import type { Lot } from './lots.ts'
import type { Manned, Work } from './work.ts'

/** One operator at one lot without a break: what a machine's context says in [fromMs, toMs). */
export interface Run {
  readonly fromMs: number
  readonly toMs: number
  readonly operator: string
  readonly lot: Lot
}

/** Runs that begin in [fromMs, toMs), in order and disjoint, however the window is cut. A run is at most a day long. */
export function runsOf(work: Work, lotAt: (ms: number) => Lot): (fromMs: number, toMs: number) => readonly Run[] {
  const within = ({ fromMs, toMs, operator }: Manned): Run[] => {
    const runs: Run[] = []
    for (let ms = fromMs; ms < toMs; ) {
      const lot = lotAt(ms)
      const end = Math.min(lot.toMs, toMs)
      runs.push({ fromMs: ms, toMs: end, operator, lot })
      ms = end
    }
    return runs
  }
  return (fromMs, toMs) =>
    work
      .startingIn(fromMs - runMsMax, toMs)
      .flatMap(within)
      .filter((run) => run.fromMs >= fromMs && run.fromMs < toMs)
}

/** Work is cut at midnight UTC, and so no run is longer. */
export const runMsMax = 86_400_000
