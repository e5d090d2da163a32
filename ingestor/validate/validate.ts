import { nsPerUnit } from '../accepted-write.ts'
import type { Batch, LineError } from '../batch.ts'
import { newScannedLine, scanLine } from './scan-line.ts'
import type { Validated } from './validated.ts'

const lineFeed = new Uint8Array([10])

/**
 * Tells the good lines from the bad, in one pass. Where every line is good, has its time and ends in a plain line feed, the
 * body goes on as it is; else the good lines are put together anew, those without a time with that of the arrival.
 * @param errorsMax how many bad lines are named; all are counted
 */
export function validate(batch: Batch, errorsMax: number): Validated {
  const { bytes } = batch
  const unitNs = nsPerUnit[batch.precision]
  const stamp = Buffer.from(` ${batch.arrivalNs / unitNs}`)
  const errors: LineError[] = []
  const kept: Uint8Array[] = []
  const scanned = newScannedLine()
  let goodLines = 0
  let badLines = 0
  /** Lines from here on go as they are, line ends and all, up to the next that does not. */
  let plainFrom = 0
  let changed = false
  let number = 1
  for (let at = 0; at < bytes.length; at = scanned.next) {
    scanLine(bytes, at, unitNs, scanned)
    if (scanned.kind === 'point') {
      goodLines++
      const ending = scanned.next - scanned.end
      const plain = scanned.hasTime && (ending === 0 || (ending === 1 && bytes[scanned.end] === 10))
      if (!plain) {
        changed = true
        if (at > plainFrom) kept.push(bytes.subarray(plainFrom, at))
        kept.push(bytes.subarray(scanned.start, scanned.end))
        if (!scanned.hasTime) kept.push(stamp)
        kept.push(lineFeed)
        plainFrom = scanned.next
      }
    } else {
      changed = true
      if (at > plainFrom) kept.push(bytes.subarray(plainFrom, at))
      plainFrom = scanned.next
      if (scanned.kind === 'bad') {
        badLines++
        if (errors.length < errorsMax) errors.push({ line: number, offset: at, reason: scanned.reason })
      }
    }
    number += lineFeeds(bytes, at, scanned.next)
  }
  if (!changed) return { bytes, goodLines, badLines, errors }
  if (plainFrom < bytes.length) kept.push(bytes.subarray(plainFrom))
  return { bytes: Buffer.concat(kept), goodLines, badLines, errors }
}

/** A text may hold line feeds: then one line of the protocol is several of the body. */
function lineFeeds(bytes: Uint8Array, from: number, to: number): number {
  let count = 0
  for (let at = bytes.indexOf(10, from); at >= 0 && at < to; at = bytes.indexOf(10, at + 1)) count++
  return count
}
