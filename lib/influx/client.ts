import type { ParameterizedQuery } from '@influxdata/influxdb-client'
import { type DecodedTable, decodeCsv } from '../annotated-csv/decode.ts'
import { type InfluxAt, InfluxRequests } from '../http/influx-request.ts'
import { formatPoint } from '../line-protocol/format.ts'
import { formatInstantNanos } from '../time/instant.ts'
import { type InfluxPoint, pointOf } from './point.ts'
import { InfluxRefused } from './refused.ts'

/** Lines per request: a few hundred kilobytes, which every InfluxDB takes at once. */
const linesPerWrite = 5_000

/**
 * What a job needs of an InfluxDB 2 API: tables with their types (integers and times as bigint, which the official client's rows
 * are not), points written in batches, points deleted. It never tries again by itself: a job that failed runs again as a whole.
 */
export class InfluxClient {
  readonly #requests: InfluxRequests

  constructor(
    readonly influx: InfluxAt,
    timeoutMs = 60_000,
  ) {
    this.#requests = new InfluxRequests(influx, timeoutMs, 4)
  }

  /**
   * @param query put together with the official client's `flux` tag, which quotes every value
   * @throws InfluxRefused when the store says no, QueryFailed when it failed half-way, InfluxUnreachable when nobody answers
   */
  async query(query: ParameterizedQuery): Promise<readonly DecodedTable[]> {
    const body = {
      query: query.toString(),
      type: 'flux',
      dialect: { header: true, delimiter: ',', annotations: ['datatype', 'group', 'default'] },
    }
    const text = await this.#send('read', '/api/v2/query', JSON.stringify(body), {
      'Content-Type': 'application/json',
      Accept: 'application/csv',
    })
    return [...decodeCsv(text)]
  }

  /** Resolves when every point is committed; the same points written again change nothing. @throws as `query` does */
  async write(bucket: string, points: readonly InfluxPoint[]): Promise<void> {
    const path = `/api/v2/write?${this.#in(bucket)}&precision=ns`
    for (let start = 0; start < points.length; start += linesPerWrite) {
      const lines = points.slice(start, start + linesPerWrite).map((point) => formatPoint(pointOf(point)))
      await this.#send('write', path, lines.join('\n'), { 'Content-Type': 'text/plain; charset=utf-8' })
    }
  }

  /**
   * Deletes the points in [startNs, stopNs) that a predicate names.
   * @param predicate in InfluxDB's words, such as `_measurement="moments" AND job="moments"`
   */
  async delete(bucket: string, startNs: bigint, stopNs: bigint, predicate: string): Promise<void> {
    // The API's stop is included.
    const body = { start: formatInstantNanos(startNs), stop: formatInstantNanos(stopNs - 1n), predicate }
    await this.#send('delete', `/api/v2/delete?${this.#in(bucket)}`, JSON.stringify(body), {
      'Content-Type': 'application/json',
    })
  }

  close(): void {
    this.#requests.close()
  }

  readonly #in = (bucket: string): string => new URLSearchParams({ org: this.influx.org, bucket }).toString()

  async #send(
    deed: 'read' | 'write' | 'delete',
    path: string,
    body: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<string> {
    const at = deed === 'read' ? `${path}?${new URLSearchParams({ org: this.influx.org })}` : path
    const answer = await this.#requests.ask('POST', at, Buffer.from(body, 'utf8'), headers)
    if (answer.status >= 200 && answer.status < 300) return answer.text
    throw InfluxRefused.from(deed, this.influx.url, answer)
  }
}
