import { floorDiv } from '../../lib/time/calendar.ts'
import type { Stretch } from './job.ts'

/** Start of the window that holds an instant; windows are counted from 1970, as InfluxDB's `window` does. */
export const windowStart = (ns: bigint, windowNs: bigint): bigint => floorDiv(ns, windowNs) * windowNs

/**
 * Puts windows that lie side by side together, so that few queries read them.
 * @param starts in any order, also more than once
 * @param stretchNsMax longest stretch
 * @returns newest first: what people look at is right first
 */
export function stretchesOf(starts: readonly bigint[], windowNs: bigint, stretchNsMax: bigint): readonly Stretch[] {
  const sorted = [...new Set(starts)].sort((a, b) => (a < b ? 1 : a > b ? -1 : 0))
  const stretches: Stretch[] = []
  for (const startNs of sorted) {
    const last = stretches.at(-1)
    if (last !== undefined && last.startNs === startNs + windowNs && last.stopNs - startNs <= stretchNsMax)
      stretches[stretches.length - 1] = { startNs, stopNs: last.stopNs }
    else stretches.push({ startNs, stopNs: startNs + windowNs })
  }
  return stretches
}

/** Starts of the windows that a span touches: also those that it only partly covers. */
export function windowsTouching({ startNs, stopNs }: Stretch, windowNs: bigint): readonly bigint[] {
  const starts: bigint[] = []
  for (let at = windowStart(startNs, windowNs); at < stopNs; at += windowNs) starts.push(at)
  return starts
}
