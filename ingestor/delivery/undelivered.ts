import { decodeAcceptedWrite } from '../accepted-write.ts'
import type { DurableLog } from '../log/log.ts'
import type { Segment } from '../log/segment.ts'
import type { DeliveredSet } from './delivered.ts'

/**
 * Lines of a segment that the store has not got: they are lost when it goes.
 * @param isHeld whether any of these records is in the delivery's memory already, and lives on
 */
export async function undeliveredLines(
  log: DurableLog,
  segment: Readonly<Segment>,
  delivered: DeliveredSet,
  isHeld: (first: number, last: number) => boolean,
): Promise<number> {
  const { firstSequence, lastSequence, weight } = segment
  const untouched =
    delivered.watermark < firstSequence &&
    !delivered.ranges.some(([from, to]) => from <= lastSequence && to >= firstSequence) &&
    !isHeld(firstSequence, lastSequence)
  if (untouched && !Number.isNaN(weight)) return weight
  let lines = 0
  let hint: { readonly segment: number; readonly offset: number } | undefined
  for (let sequence = firstSequence; sequence <= lastSequence; ) {
    const { records, next } = await log.read(sequence, 4 << 20, hint)
    if (records.length === 0) break
    for (const { sequence: at, payload } of records)
      if (at <= lastSequence && !delivered.has(at) && !isHeld(at, at)) lines += decodeAcceptedWrite(payload).lines
    sequence = records.at(-1)!.sequence + 1
    hint = next
  }
  return lines
}
