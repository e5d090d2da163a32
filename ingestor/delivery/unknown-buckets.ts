import type { Clock } from '../../lib/clock.ts'
import type { Destinations } from '../destination.ts'

export interface UnknownBucketsOptions {
  /** As `log_drop_oldest` names them. */
  readonly names: readonly string[]
  readonly destinations: Destinations
  readonly clock: Clock
  readonly say: (line: string) => void
  readonly signal: AbortSignal
  /** How long until a store that could not be asked is asked again. */
  readonly everyMs?: number
}

/** Says of each bucket that `log_drop_oldest` names and the store does not have that nothing of it can go: most often it is misspelt. */
export async function tellUnknownBuckets(options: UnknownBucketsOptions): Promise<void> {
  const { destinations, clock, say, signal, everyMs = 15_000 } = options
  let open = options.names
  while (open.length > 0 && !signal.aborted) {
    const unanswered: string[] = []
    for (const name of open) {
      const isThere = await destinations.isThere(name)
      if (isThere === null) unanswered.push(name)
      else if (!isThere)
        say(
          `log_drop_oldest names the bucket "${name}", which the store does not have: at the log's quota nothing goes for it, and writes to other buckets are refused; mend the name or make the bucket`,
        )
    }
    open = unanswered
    if (open.length > 0) await clock.sleep(everyMs, signal).catch(() => {})
  }
}
