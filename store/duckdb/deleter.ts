import type { Catalogue } from './catalogue.ts'
import { type Database, tables, valueTypes } from './database.ts'
import { mayHavePoints, type Series } from './series.ts'
import type { Writer } from './writer.ts'

/** Removes points. Durable when it resolves; a series that has lost its last point is forgotten with its type. */
export class Deleter {
  constructor(
    readonly database: Database,
    readonly catalogue: Catalogue,
    readonly writer: Writer,
  ) {}

  /** @param stopNs the last time that goes: the range has both ends in it */
  async delete(bucketId: string, startNs: bigint, stopNs: bigint, fits: (series: Series) => boolean): Promise<void> {
    if (!this.catalogue.list(bucketId).some(fits)) return
    // Nothing may be written meanwhile: what a series has left is only known afterwards.
    await this.writer.exclusively(() => this.#delete(bucketId, startNs, stopNs, fits))
  }

  async #delete(bucketId: string, startNs: bigint, stopNs: bigint, fits: (series: Series) => boolean): Promise<void> {
    const touched = this.catalogue
      .list(bucketId)
      .filter((series) => fits(series) && mayHavePoints(series, startNs, stopNs + 1n))
    if (touched.length === 0) return
    const remaining = new Map<number, readonly [bigint, bigint, number]>()
    await this.database.transaction(async (connection) => {
      for (const type of valueTypes) {
        const ids = touched.filter((series) => series.type === type).map(({ id }) => id)
        if (ids.length === 0) continue
        const among = `series IN (${ids.join(',')})`
        await connection.run(`DELETE FROM ${tables[type].name} WHERE ts >= ${startNs} AND ts <= ${stopNs} AND ${among}`)
        const extents = await connection.runAndReadAll(
          `SELECT series, min(ts), max(ts), count(*) FROM ${tables[type].name} WHERE ${among} GROUP BY series`,
        )
        for (const [id, from, to, count] of extents.getRows() as [number, bigint, bigint, bigint][])
          remaining.set(id, [from, to, Number(count)])
      }
      const gone = touched.filter(({ id }) => !remaining.has(id)).map(({ id }) => id)
      if (gone.length > 0) await connection.run(`DELETE FROM series WHERE id IN (${gone.join(',')})`)
    })
    for (const series of touched) {
      const left = remaining.get(series.id)
      if (left === undefined) this.catalogue.forget(series)
      else {
        series.covered.splice(0, series.covered.length, [left[0], left[1]])
        series.points = left[2]
        series.lastNs = null
      }
    }
  }
}
