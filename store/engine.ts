import { isUtf8 } from 'node:buffer'
import { ApiError } from '../lib/errors.ts'
import { LineScanner, type Scan } from '../lib/line-protocol/scan.ts'
import { Catalogue } from './duckdb/catalogue.ts'
import { Database } from './duckdb/database.ts'
import { Deleter } from './duckdb/deleter.ts'
import { Reader } from './duckdb/reader.ts'
import type { Series } from './duckdb/series.ts'
import { type BucketLimits, Writer, type Written } from './duckdb/writer.ts'

/** Storage of one data folder: what the HTTP routes and the evaluation of Flux stand on. One per process. */
export class StoreEngine {
  readonly #scanner = new LineScanner()

  private constructor(
    readonly database: Database,
    readonly catalogue: Catalogue,
    readonly writer: Writer,
    readonly reader: Reader,
    readonly deleter: Deleter,
  ) {}

  /** @param path of DuckDB's file; made when missing, recovered after a crash */
  static async open(path: string): Promise<StoreEngine> {
    const database = await Database.open(path)
    const catalogue = await Catalogue.load(database)
    const writer = new Writer(database, catalogue)
    return new StoreEngine(
      database,
      catalogue,
      writer,
      new Reader(database, catalogue),
      new Deleter(database, catalogue, writer),
    )
  }

  /**
   * Writes a body of line protocol, all lines or none: one that cannot be parsed refuses the request. Committed to disk when it
   * resolves. @param unitNs nanoseconds in one unit of the lines' times
   * @throws ApiError `invalid`, naming every line that cannot be parsed, in InfluxDB's words
   */
  async write(bucket: BucketLimits, bytes: Buffer, unitNs: bigint, nowNs: bigint): Promise<Written> {
    while (this.writer.paused !== null) await this.writer.paused
    const scan = this.#scanner.scan(bytes, { crlf: false, unitNs })
    if (scan.bad.length > 0)
      throw new ApiError(
        'invalid',
        scan.bad
          .map(
            ({ byteOffset, end, reason }) => `unable to parse '${bytes.toString('utf8', byteOffset, end)}': ${reason}`,
          )
          .join('\n'),
      )
    if (!isUtf8(bytes)) refuseOtherBytes(bytes, scan)
    return this.writer.writeLines(bucket, bytes, scan, unitNs, nowNs)
  }

  /** @param stopNs included in the range @param fits which series lose their points in the range */
  deletePoints(bucketId: string, startNs: bigint, stopNs: bigint, fits: (series: Series) => boolean): Promise<void> {
    return this.deleter.delete(bucketId, startNs, stopNs, fits)
  }

  /** All points of a bucket, for ever. */
  deleteBucket(bucketId: string): Promise<void> {
    return this.deleter.delete(bucketId, -(2n ** 63n), 2n ** 63n - 1n, () => true)
  }

  /** Removes what is older than each bucket keeps. */
  async enforceRetention(buckets: readonly BucketLimits[], nowNs: bigint): Promise<void> {
    for (const { id, retentionNs } of buckets)
      if (retentionNs > 0n)
        await this.deleter.delete(
          id,
          -(2n ** 63n),
          nowNs - retentionNs - 1n,
          ({ covered }) => (covered[0]?.[0] ?? nowNs) < nowNs - retentionNs,
        )
  }

  close(): Promise<void> {
    return this.database.close()
  }
}

/**
 * Text is UTF-8 here. InfluxDB keeps other bytes as they come; here two names that differ in them would become one.
 * @throws ApiError `invalid`, naming each line that holds such bytes
 */
function refuseOtherBytes(bytes: Buffer, { count, starts, ends }: Scan): void {
  const bad: string[] = []
  for (let i = 0; i < count; i++) {
    const line = bytes.subarray(starts[i]!, ends[i]!)
    if (!isUtf8(line))
      bad.push(`unable to parse '${line.toString()}': it holds bytes that are no UTF-8, which this store does not keep`)
  }
  if (bad.length > 0) throw new ApiError('invalid', bad.join('\n'))
}
