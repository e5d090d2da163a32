import { flux, fluxDateTime } from '@influxdata/influxdb-client'
import type { Clock } from '../../lib/clock.ts'
import type { InfluxClient } from '../../lib/influx/client.ts'
import { formatInstantNanos } from '../../lib/time/instant.ts'

const day = 86_400_000_000_000n

/** Reads the ingestor's own points back from the store: the age of the newest is how far behind everything is. */
export class Canary {
  /** Until one was read the age counts from the start. */
  #newestNs: bigint
  #found = false
  readonly #startedNs: bigint

  constructor(
    readonly influx: InfluxClient,
    readonly bucket: string,
    readonly clock: Clock,
  ) {
    this.#startedNs = this.#newestNs = clock.nowNs()
  }

  /** Age of the newest canary that the store gave back; grows while it gives none. */
  get ageSeconds(): number {
    return Math.max(0, Number(this.clock.nowNs() - this.#newestNs) / 1e9)
  }

  get isFound(): boolean {
    return this.#found
  }

  /** Asks the store for the newest. @throws as InfluxClient.query does: it is away, or the bucket or a right is missing */
  async readBack(): Promise<void> {
    const fromNs = this.#found ? this.#newestNs : this.#startedNs - day
    const tables = await this.influx.query(flux`from(bucket: ${this.bucket})
  |> range(start: ${fluxDateTime(formatInstantNanos(fromNs))}, stop: ${fluxDateTime(formatInstantNanos(this.clock.nowNs() + day))})
  |> filter(fn: (r) => r._measurement == "canary" and r._field == "sent_ns" and r.part == "ingestor")
  |> last()`)
    for (const { columns, length } of tables) {
      const times = columns.find(({ label }) => label === '_time')
      for (let row = 0; row < length; row++) {
        const timeNs = times?.at(row)
        if (typeof timeNs !== 'bigint' || (this.#found && timeNs <= this.#newestNs)) continue
        this.#newestNs = timeNs
        this.#found = true
      }
    }
  }
}
