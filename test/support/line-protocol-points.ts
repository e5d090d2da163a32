import { decodePoint } from '../../lib/line-protocol/decode.ts'
import { LineScanner } from '../../lib/line-protocol/scan.ts'
import type { PointToWrite } from '../../store/flux/source.ts'

/** The points of a body in nanoseconds. @throws when a line is no line protocol */
export function pointsOf(body: Uint8Array): PointToWrite[] {
  const scan = new LineScanner().scan(body, { crlf: false, unitNs: 1n })
  if (scan.bad.length > 0) throw new Error(`line ${scan.bad[0]!.line}: ${scan.bad[0]!.reason}`)
  return Array.from({ length: scan.count }, (_, i) => decodePoint(body, scan, i, 1n, 0n))
}
