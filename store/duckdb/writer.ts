import {
  decodeFieldName,
  decodeFieldValue,
  decodeKey,
  eachField,
  type FieldValue,
  timeNsOf,
} from '../../lib/line-protocol/decode.ts'
import type { Scan } from '../../lib/line-protocol/scan.ts'
import { formatInstant } from '../../lib/time/instant.ts'
import type { PointToWrite } from '../flux/source.ts'
import { type Catalogue, typeOfField } from './catalogue.ts'
import { type Database, tables, type ValueType, valueTypes } from './database.ts'
import { KnownLine, stringBytesMax } from './known-line.ts'
import { PendingRows } from './rows.ts'
import { type Series, seriesKey } from './series.ts'

export interface BucketLimits {
  readonly id: string
  /** 0 = for ever */
  readonly retentionNs: bigint
}

/** What a request's points came to. Points that were dropped have their reason, the first of its kind first. */
export interface Written {
  /** In InfluxDB's words, without the number dropped; null when every point was taken. */
  readonly reason: string | null
  readonly dropped: number
}

const typeWords: Readonly<Record<ValueType, string>> = {
  float: 'float',
  int: 'integer',
  uint: 'unsigned',
  string: 'string',
  bool: 'boolean',
}

interface Batch {
  readonly rows: Map<ValueType, PendingRows>
  readonly waiters: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[]
}

const newBatch = (): Batch => ({ rows: new Map(), waiters: [] })

/** Measurement and tags of lines, and the series of each field that was met with them, by its name as it is written. */
interface Key {
  readonly measurement: string
  readonly tags: readonly (readonly [string, string])[]
  readonly order: string
  readonly fields: Map<string, Series>
}

/** Keys that are remembered as they came, so that a known series costs two look-ups. Kept small: a key is long. */
const keysMax = 200_000

/**
 * Takes points into memory and commits them in groups: requests that arrive while a commit runs share the next one. A request
 * is answered when its commit is on disk.
 */
export class Writer {
  #batch = newBatch()
  /** Resolves when no commit runs any more; null while none does. */
  #committing: Promise<void> | null = null
  /** Resolves when writing goes on; null while it does. */
  #paused: Promise<void> | null = null
  readonly #keys = new Map<string, Map<string, Key>>()
  #keyCount = 0
  readonly #line = new KnownLine()

  constructor(
    readonly database: Database,
    readonly catalogue: Catalogue,
  ) {}

  /**
   * Resolves when points may be taken again; null while they may. Whoever takes points looks here and goes on at once: after
   * any other wait something may run `exclusively` again.
   */
  get paused(): Promise<void> | null {
    return this.#paused
  }

  /** Runs work while no point is taken and none is on its way to the disk. */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    while (this.#paused !== null) await this.#paused
    let resume = (): void => {}
    this.#paused = new Promise((resolve) => {
      resume = resolve
    })
    try {
      await this.#committing
      return await work()
    } finally {
      this.#paused = null
      resume()
    }
  }

  /**
   * Writes the good lines of a scanned body. Not to be called while `paused`.
   * @param unitNs nanoseconds of one unit of its times @param nowNs the server's time, for lines without one and for the retention
   */
  async writeLines(bucket: BucketLimits, bytes: Buffer, scan: Scan, unitNs: bigint, nowNs: bigint): Promise<Written> {
    const drops = new Drops(bucket)
    const stampNs = nowNs - (nowNs % unitNs)
    const keys = this.#keysOf(bucket.id)
    for (let i = 0; i < scan.count; i++) {
      const ns = timeNsOf(scan, i, unitNs, stampNs)
      const key = this.#key(keys, bytes, scan.starts[i]!, scan.keyEnds[i]!)
      if (bucket.retentionNs > 0n && ns < nowNs - bucket.retentionNs) {
        drops.tooOld(key.measurement, ns, nowNs - bucket.retentionNs)
        continue
      }
      const fieldStart = scan.fieldStarts[i]!
      const fieldEnd = scan.fieldEnds[i]!
      if (this.#line.read(key.fields, bytes, fieldStart, fieldEnd)) {
        const { count, series, values } = this.#line
        for (let f = 0; f < count; f++) this.#rowsOf(series[f]!.type).add(series[f]!, ns, values[f]!)
        continue
      }
      const fields = new Map<string, FieldValue>()
      const names = new Map<string, string>()
      eachField(bytes, fieldStart, fieldEnd, (nameStart, nameEnd, valueStart, valueEnd) => {
        const name = decodeFieldName(bytes, nameStart, nameEnd)
        fields.set(name, decodeFieldValue(bytes, valueStart, valueEnd))
        names.set(name, bytes.toString('latin1', nameStart, nameEnd))
      })
      this.#point(bucket.id, key, fields, ns, drops, (field, series) => key.fields.set(names.get(field)!, series))
    }
    await this.#commitSoon()
    return drops.result()
  }

  /** Writes points that a script made. */
  async writePoints(bucket: BucketLimits, points: readonly PointToWrite[], nowNs: bigint): Promise<Written> {
    while (this.#paused !== null) await this.#paused
    const drops = new Drops(bucket)
    for (const { measurement, tags, fields, timeNs } of points) {
      if (bucket.retentionNs > 0n && timeNs < nowNs - bucket.retentionNs) {
        drops.tooOld(measurement, timeNs, nowNs - bucket.retentionNs)
        continue
      }
      const sorted = [...tags].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      this.#point(bucket.id, keyOf(measurement, sorted), new Map(fields), timeNs, drops)
    }
    await this.#commitSoon()
    return drops.result()
  }

  #keysOf(bucketId: string): Map<string, Key> {
    let keys = this.#keys.get(bucketId)
    if (keys === undefined) this.#keys.set(bucketId, (keys = new Map()))
    return keys
  }

  #key(keys: Map<string, Key>, bytes: Buffer, start: number, end: number): Key {
    const text = bytes.toString('latin1', start, end)
    let key = keys.get(text)
    if (key === undefined) {
      const { measurement, tags } = decodeKey(bytes, start, end)
      key = keyOf(measurement, tags)
      if (this.#keyCount++ >= keysMax) {
        for (const some of this.#keys.values()) some.clear()
        this.#keyCount = 0
      }
      keys.set(text, key)
    }
    return key
  }

  #rowsOf(type: ValueType): PendingRows {
    let rows = this.#batch.rows.get(type)
    if (rows === undefined) this.#batch.rows.set(type, (rows = new PendingRows(type)))
    return rows
  }

  /** A conflict of one field drops the whole point, as InfluxDB does. */
  #point(
    bucketId: string,
    key: Key,
    fields: ReadonlyMap<string, FieldValue>,
    ns: bigint,
    drops: Drops,
    onSeries: (field: string, series: Series) => void = () => {},
  ): void {
    const { measurement } = key
    for (const [field, value] of fields) {
      if (field === 'time') continue
      const type = typeOfField(value)
      const known = this.catalogue.fieldType(bucketId, measurement, field)
      if (known !== undefined && known !== type) {
        drops.point(
          `field type conflict: input field "${field}" on measurement "${measurement}" is type ${typeWords[type]}, already exists as type ${typeWords[known]}`,
        )
        return
      }
      if (typeof value === 'string' && Buffer.byteLength(value) > stringBytesMax) {
        drops.point(
          `input field "${field}" on measurement "${measurement}" is too long, ${Buffer.byteLength(value)} > ${stringBytesMax}`,
        )
        return
      }
    }
    if (fields.has('time')) {
      drops.timeField(measurement, fields.size === 1)
      if (fields.size === 1) return
    }
    for (const [field, value] of fields) {
      if (field === 'time') continue
      const type = typeOfField(value)
      const series = this.catalogue.resolve(bucketId, measurement, key.order, field, type, () => key.tags)
      this.#rowsOf(type).add(series, ns, typeof value === 'object' ? value.uint : value)
      onSeries(field, series)
    }
  }

  #commitSoon(): Promise<void> {
    if (this.#batch.rows.size === 0) return Promise.resolve()
    const done = new Promise<void>((resolve, reject) => this.#batch.waiters.push({ resolve, reject }))
    this.#committing ??= this.#commitAll()
    return done
  }

  async #commitAll(): Promise<void> {
    // Requests that are here already share the first commit.
    await new Promise(setImmediate)
    while (this.#batch.waiters.length > 0) {
      const batch = this.#batch
      this.#batch = newBatch()
      try {
        await this.#commit(batch)
        for (const { resolve } of batch.waiters) resolve()
      } catch (error) {
        for (const { reject } of batch.waiters) reject(error)
      }
    }
    this.#committing = null
  }

  async #commit(batch: Batch): Promise<void> {
    const saved = await this.database.transaction(async (connection) => {
      const saving = await this.catalogue.save(connection)
      for (const type of valueTypes) {
        const rows = batch.rows.get(type)
        if (rows === undefined) continue
        const { name, sqlType } = tables[type]
        const fresh = rows.fresh()
        if (fresh.series.length > 0) await this.database.append(name, type, fresh)
        const late = rows.late()
        if (late.series.length === 0) continue
        await connection.run(`CREATE OR REPLACE TEMP TABLE late_${type} (series UINTEGER, ts BIGINT, v ${sqlType})`)
        await this.database.append(`late_${type}`, type, late)
        const [from, to] = extent(late.times)
        await connection.run(
          `DELETE FROM ${name} USING late_${type} l WHERE ${name}.series = l.series AND ${name}.ts = l.ts AND ${name}.ts BETWEEN ${from} AND ${to}`,
        )
        await connection.run(`INSERT INTO ${name} SELECT series, ts, v FROM late_${type}`)
        await connection.run(`DROP TABLE late_${type}`)
      }
      return saving
    })
    saved()
  }
}

const keyOf = (measurement: string, tags: readonly (readonly [string, string])[]): Key => ({
  measurement,
  tags,
  order: seriesKey(measurement, tags),
  fields: new Map(),
})

function extent(times: BigInt64Array): readonly [bigint, bigint] {
  let from = times[0]!
  let to = from
  for (const ns of times) {
    if (ns < from) from = ns
    if (ns > to) to = ns
  }
  return [from, to]
}

/** Collects why points were dropped, in InfluxDB's words. */
class Drops {
  #reason: string | null = null
  #dropped = 0
  #timeField: { readonly measurement: string; alone: number } | null = null
  #old: {
    count: number
    oldest: readonly [string, bigint]
    newest: readonly [string, bigint]
    boundNs: bigint
  } | null = null

  constructor(readonly bucket: BucketLimits) {}

  point(reason: string): void {
    this.#reason ??= reason
    this.#dropped++
  }
  timeField(measurement: string, alone: boolean): void {
    this.#timeField ??= { measurement, alone: 0 }
    if (alone) this.#timeField.alone++
  }
  tooOld(measurement: string, ns: bigint, boundNs: bigint): void {
    if (this.#old === null) this.#old = { count: 0, oldest: [measurement, ns], newest: [measurement, ns], boundNs }
    this.#old.count++
    if (ns < this.#old.oldest[1]) this.#old.oldest = [measurement, ns]
    if (ns > this.#old.newest[1]) this.#old.newest = [measurement, ns]
  }

  result(): Written {
    if (this.#reason !== null)
      return { reason: `partial write: ${this.#reason} dropped=${this.#dropped}`, dropped: this.#dropped }
    if (this.#timeField !== null) {
      const { measurement, alone } = this.#timeField
      const text = `partial write: invalid field name: input field "time" on measurement "${measurement}" is invalid`
      return {
        reason:
          alone > 0
            ? `${text} dropped=${alone}`
            : `${text}. Field "time" has been stripped from point. dropped=0 for database: ${this.bucket.id} for retention policy: autogen`,
        dropped: alone,
      }
    }
    if (this.#old !== null) {
      const { count, oldest, newest, boundNs } = this.#old
      const violates = `dropped because it violates a Retention Policy Lower Bound at ${goTime(boundNs)}`
      return {
        reason: `partial write: dropped ${count} points outside retention policy of duration ${goDuration(this.bucket.retentionNs)} - oldest point ${oldest[0]} at ${goTime(oldest[1])} ${violates}, newest point ${newest[0]} at ${goTime(newest[1])} ${violates} dropped=${count} for database: ${this.bucket.id} for retention policy: autogen`,
        dropped: count,
      }
    }
    return { reason: null, dropped: 0 }
  }
}

const goTime = formatInstant
/** As Go writes a duration: `72h0m0s`. */
function goDuration(ns: bigint): string {
  const seconds = ns / 1_000_000_000n
  return `${seconds / 3600n}h${(seconds / 60n) % 60n}m${seconds % 60n}s`
}
