import type { Clock } from '../lib/clock.ts'
import { type InfluxPoint, pointOf } from '../lib/influx/point.ts'
import { formatPoint } from '../lib/line-protocol/format.ts'
import { encodeAcceptedWrite } from './accepted-write.ts'
import type { DurableLog } from './log/log.ts'

/** Whose word points of the ingestor's own are. */
export const ownTokenId = 'ingestor'

const pointsPerRecord = 5_000

/**
 * Puts points of the ingestor's own into its log, so that they are delivered like any others; no context is joined to them.
 * On disk when it resolves. @returns sequence number of the last record, 0 without points @throws LogUnavailable
 */
export async function logOwnPoints(
  log: DurableLog,
  clock: Clock,
  bucket: string,
  points: readonly InfluxPoint[],
): Promise<number> {
  let last = 0
  for (let start = 0; start < points.length; start += pointsPerRecord) {
    const some = points.slice(start, start + pointsPerRecord)
    let earliestNs = some[0]!.timeNs
    let latestNs = earliestNs
    for (const { timeNs } of some) {
      if (timeNs < earliestNs) earliestNs = timeNs
      if (timeNs > latestNs) latestNs = timeNs
    }
    const head = encodeAcceptedWrite({
      bucket,
      precision: 'ns',
      tokenId: ownTokenId,
      idempotencyKey: '',
      arrivalNs: clock.nowNs(),
      earliestNs,
      latestNs,
      lines: some.length,
      contextRuns: [],
    })
    const body = Buffer.from(`${some.map((point) => formatPoint(pointOf(point))).join('\n')}\n`)
    last = await new Promise<number>((resolve, reject) =>
      log.append([head, body], (error, sequence) => (error === null ? resolve(sequence) : reject(error))),
    )
  }
  return last
}
