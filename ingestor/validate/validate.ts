import { LineScanner, type Scan } from '../../lib/line-protocol/scan.ts'
import { nsPerUnit } from '../accepted-write.ts'
import type { Batch, LineError } from '../batch.ts'
import type { Validated } from './validated.ts'

const lf = 10
const cr = 13
const lineFeed = new Uint8Array([lf])

/** Bodies up to this size share one scanner; its arrays are kept, so a larger body gets one that is thrown away. */
const sharedBytesMax = 2 << 20
const shared = new LineScanner()

/**
 * Tells the good lines from the bad, in one pass. Where every line is good, has its time and ends in a plain line feed, the
 * body goes on as it is; else the good lines are put together anew, those without a time with that of the arrival.
 * @param errorsMax how many bad lines are named; all are counted
 */
export function validate(batch: Batch, errorsMax: number): Validated {
  const { bytes } = batch
  const unitNs = nsPerUnit[batch.precision]
  const stamp = Buffer.from(` ${batch.arrivalNs / unitNs}`)
  const scanner = bytes.length <= sharedBytesMax ? shared : new LineScanner()
  const kept: Uint8Array[] = []
  const errors: LineError[] = []
  let goodLines = 0
  let badLines = 0
  let from = 0
  let firstLine = 1
  for (;;) {
    const rest = from === 0 ? bytes : bytes.subarray(from)
    const scan = scanner.scan(rest, { crlf: true, unitNs })
    if (from === 0 && scan.bad.length === 0 && goesAsItIs(bytes, scan))
      return { bytes, goodLines: scan.count, badLines: 0, errors }
    keepGood(rest, scan, stamp, kept)
    goodLines += scan.count
    badLines += scan.bad.length
    for (const { line, byteOffset, reason } of scan.bad) {
      if (errors.length === errorsMax) break
      errors.push({ line: firstLine + line - 1, offset: from + byteOffset, reason })
    }
    // A quote that is never closed takes the rest of the body with it. Here that line alone is bad: it ends at its first
    // line end, and its neighbours are read again without it. (Each quote behind it would have closed it, so this does not
    // go on for long.)
    const last = scan.bad.at(-1)
    const end = last?.reason === 'unbalanced quotes' ? rest.indexOf(lf, last.byteOffset) : -1
    if (last === undefined || end < 0 || end >= last.end) break
    from += end + 1
    firstLine += last.line
  }
  return { bytes: kept.length === 1 ? kept[0]! : Buffer.concat(kept), goodLines, badLines, errors }
}

function goesAsItIs(bytes: Uint8Array, { count, timeStarts, ends }: Scan): boolean {
  for (let i = 0; i < count; i++) if (timeStarts[i] === -1 || bytes[ends[i]!] === cr) return false
  return true
}

/** Puts the good lines into `kept`, neighbours that need no change in one piece. */
function keepGood(bytes: Uint8Array, scan: Scan, stamp: Uint8Array, kept: Uint8Array[]): void {
  const { count, starts, ends, fieldEnds, timeStarts } = scan
  let i = 0
  while (i < count) {
    if (timeStarts[i] === -1) {
      kept.push(bytes.subarray(starts[i]!, fieldEnds[i]!), stamp, lineFeed)
      i++
      continue
    }
    const start = starts[i]!
    let end = ends[i]!
    i++
    while (i < count && timeStarts[i] !== -1 && bytes[end] === lf && starts[i] === end + 1) end = ends[i++]!
    kept.push(bytes.subarray(start, end), lineFeed)
  }
}
