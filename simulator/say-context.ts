import type { ContextClient } from './context-client.ts'
import type { DemoPlant, PlantInterval } from './demo-plant.ts'
import { contextMark, type Mark } from './stretches.ts'
import type { Write } from './write-client.ts'

export interface SayOptions {
  readonly plant: DemoPlant
  readonly context: ContextClient
  readonly write: Write
  /** Times of which an earlier start has said everything. */
  readonly marks: readonly Mark[]
}

/** Says what runs, from `fromMs` on, by intervals that begin before `toMs`; resolves when the points may come. */
export type Say = (toMs: number) => Promise<void>

/** What is there already is corrected after an interval was posted; then points wait for that, but not for ever. */
const settleMs = 10_000

/**
 * Tells the ingestor what runs on the machines of the demo plant, each interval once, with its planned end, before the first point
 * that falls into it. What somebody corrected or removed since stays as they said: an interval is not posted when one with its start is
 * there, nor when an earlier start of this plant posted it, which marks in the store remember.
 * @param fromMs from where on
 */
export function sayContext({ plant, context, write, marks }: SayOptions, fromMs: number): Say {
  let saidTo = fromMs
  let known: readonly Mark[] | null = null

  return async (toMs) => {
    if (toMs <= saidTo) return
    const due = plant.contextIntervals(saidTo, toMs)
    const missing: PlantInterval[] = []
    const there: PlantInterval[] = []
    for (const [machine, own] of byMachine(due)) {
      const starts = await context.starts(machine, own[0]!.fromMs)
      for (const interval of own) (starts.has(interval.fromMs) ? there : missing).push(interval)
    }
    // Marks without any of their intervals are about an ingestor that has been emptied since, or another one.
    known ??= there.some((interval) => isMarked(marks, interval)) ? marks : []
    const toPost = missing.filter((interval) => !isMarked(known!, interval))
    if (toPost.length > 0) {
      await context.post(toPost)
      await context.settled(settleMs)
    }
    if (due.length > 0) {
      await write(contextMark(plant.run, saidTo, toMs))
      saidTo = toMs
    }
  }
}

const isMarked = (marks: readonly Mark[], { fromMs }: PlantInterval): boolean =>
  marks.some((mark) => fromMs >= mark.fromMs && fromMs < mark.toMs)

const byMachine = (intervals: readonly PlantInterval[]): ReadonlyMap<string, readonly PlantInterval[]> => {
  const groups = new Map<string, PlantInterval[]>()
  for (const interval of intervals) {
    const own = groups.get(interval.machine)
    if (own === undefined) groups.set(interval.machine, [interval])
    else own.push(interval)
  }
  return groups
}
