import type { DuckDBConnection } from '@duckdb/node-api'
import type { FieldValue } from '../../lib/line-protocol/decode.ts'
import { type Database, tables, type ValueType, valueTypes } from './database.ts'
import { inStorageOrder, makeSeries, type Series } from './series.ts'
import { textsOf } from './texts.ts'

export const typeOfField = (value: FieldValue): ValueType => {
  switch (typeof value) {
    case 'number':
      return 'float'
    case 'bigint':
      return 'int'
    case 'string':
      return 'string'
    case 'boolean':
      return 'bool'
    default:
      return 'uint'
  }
}

interface BucketSeries {
  /** By measurement, then by tags and field. */
  readonly measurements: Map<string, Measurement>
}
interface Measurement {
  readonly name: string
  /** The one type of each field, with how many series have it. */
  readonly fields: Map<string, { readonly type: ValueType; series: number }>
  readonly series: Map<string, Series>
}

/** All series, in memory. It is the truth about which series there are; the file's `series` table is what it is rebuilt from. */
export class Catalogue {
  readonly #buckets = new Map<string, BucketSeries>()
  readonly #byId = new Map<number, Series>()
  #nextId = 1
  /** Series that the file does not know yet; those that a running transaction writes down stand in front. */
  #unsaved: Series[] = []

  static async load(database: Database): Promise<Catalogue> {
    const catalogue = new Catalogue()
    const chunks = await database.read(async (connection) => {
      const result = await connection.run('SELECT id, bucket, measurement, tags, field, type FROM series')
      return result.fetchAllChunks()
    })
    for (const chunk of chunks) {
      const ids = chunk.getColumnValues(0) as number[]
      const [buckets, measurements, tags, fields, types] = [1, 2, 3, 4, 5].map((column) => textsOf(chunk, column))
      for (const [i, id] of ids.entries()) {
        const sorted = JSON.parse(tags![i]!) as [string, string][]
        catalogue.#add(makeSeries(id, buckets![i]!, measurements![i]!, sorted, fields![i]!, types![i] as ValueType))
      }
    }
    for (const type of valueTypes) {
      const extents = await database.read((connection) =>
        connection.runAndReadAll(`SELECT series, min(ts), max(ts), count(*) FROM ${tables[type].name} GROUP BY series`),
      )
      for (const [id, from, to, count] of extents.getRows() as [number, bigint, bigint, bigint][]) {
        const series = catalogue.#byId.get(id)
        if (series === undefined) continue
        series.covered.push([from, to])
        series.points = Number(count)
      }
    }
    for (const series of [...catalogue.#byId.values()]) if (series.points === 0) catalogue.forget(series)
    return catalogue
  }

  get size(): number {
    return this.#byId.size
  }
  byId(id: number): Series | undefined {
    return this.#byId.get(id)
  }

  /** The type that a field of a measurement has in a bucket, while it has any point. */
  fieldType(bucketId: string, measurement: string, field: string): ValueType | undefined {
    return this.#buckets.get(bucketId)?.measurements.get(measurement)?.fields.get(field)?.type
  }

  /** @param key measurement and tags as `seriesKey` writes them @param tags only asked when the series is new */
  resolve(
    bucketId: string,
    measurement: string,
    key: string,
    field: string,
    type: ValueType,
    tags: () => readonly (readonly [string, string])[],
  ): Series {
    const id = `${key}\0${field}`
    const known = this.#buckets.get(bucketId)?.measurements.get(measurement)?.series.get(id)
    if (known !== undefined) return known
    const series = makeSeries(this.#nextId, bucketId, measurement, tags(), field, type)
    this.#add(series)
    this.#unsaved.push(series)
    return series
  }

  /** Series of a bucket that may fit, in the order of storage. @param measurement only of this one, when given */
  list(bucketId: string, measurement?: string): Series[] {
    const bucket = this.#buckets.get(bucketId)
    if (bucket === undefined) return []
    const measurements =
      measurement === undefined
        ? [...bucket.measurements.values()]
        : [bucket.measurements.get(measurement)].filter((one) => one !== undefined)
    return measurements.flatMap(({ series }) => [...series.values()]).sort(inStorageOrder)
  }

  /**
   * Writes new series down, within the transaction that writes their first points.
   * @returns to be called once that transaction is durable; series that were met while it ran are not part of it
   */
  async save(connection: DuckDBConnection): Promise<() => void> {
    const saving = this.#unsaved.filter((series) => !series.gone)
    if (saving.length === 0) return () => {}
    const appender = await connection.createAppender('series')
    for (const series of saving) {
      appender.appendUInteger(series.id)
      appender.appendVarchar(series.bucketId)
      appender.appendVarchar(series.measurement)
      appender.appendVarchar(
        JSON.stringify(series.tags.filter(([name]) => name !== '_field' && name !== '_measurement')),
      )
      appender.appendVarchar(series.field)
      appender.appendVarchar(series.type)
      appender.endRow()
    }
    appender.closeSync()
    const saved = new Set(saving)
    return () => {
      this.#unsaved = this.#unsaved.filter((series) => !saved.has(series) && !series.gone)
    }
  }

  /** A series without points is as if it had never been: its field may come back with another type. */
  forget(series: Series): void {
    series.gone = true
    this.#byId.delete(series.id)
    const bucket = this.#buckets.get(series.bucketId)
    const measurement = bucket?.measurements.get(series.measurement)
    if (measurement === undefined) return
    measurement.series.delete(series.order)
    const field = measurement.fields.get(series.field)
    if (field !== undefined && --field.series === 0) measurement.fields.delete(series.field)
    if (measurement.series.size === 0) bucket!.measurements.delete(series.measurement)
  }

  #add(series: Series): void {
    this.#nextId = Math.max(this.#nextId, series.id + 1)
    this.#byId.set(series.id, series)
    let bucket = this.#buckets.get(series.bucketId)
    if (bucket === undefined) this.#buckets.set(series.bucketId, (bucket = { measurements: new Map() }))
    let measurement = bucket.measurements.get(series.measurement)
    if (measurement === undefined)
      bucket.measurements.set(
        series.measurement,
        (measurement = { name: series.measurement, fields: new Map(), series: new Map() }),
      )
    measurement.series.set(series.order, series)
    const field = measurement.fields.get(series.field)
    if (field === undefined) measurement.fields.set(series.field, { type: series.type, series: 1 })
    else field.series++
  }
}
