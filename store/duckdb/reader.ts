import type { DuckDBConnection } from '@duckdb/node-api'
import { allocate, type ColumnData } from '../flux/column.ts'
import type { Predicate, ReadPlan, SeriesData } from '../flux/plan/read.ts'
import type { Catalogue } from './catalogue.ts'
import { type Database, tables } from './database.ts'
import { decide, mayHavePoints, type Series, type SeriesVerdict, valueTest } from './series.ts'
import { textsOf } from './texts.ts'

type Range = Pick<ReadPlan, 'bucketId' | 'startNs' | 'stopNs' | 'predicate'>

interface Wanted {
  readonly series: Series
  readonly verdict: SeriesVerdict
}

/** About so many points are read by one statement: enough to be quick, few enough to be given out one by one. */
const pointsPerStatement = 400_000
const seriesPerStatement = 2_000

/** Reads series out of DuckDB in the order of storage, some at a time. */
export class Reader {
  constructor(
    readonly database: Database,
    readonly catalogue: Catalogue,
  ) {}

  /** Series that may have a fitting point in the range, in the order of storage. */
  matching({ bucketId, startNs, stopNs, predicate }: Range): Wanted[] {
    const wanted: Wanted[] = []
    for (const series of this.catalogue.list(bucketId, onlyMeasurement(predicate))) {
      if (!mayHavePoints(series, startNs, stopNs)) continue
      const verdict = decide(predicate, series)
      if (verdict !== false) wanted.push({ series, verdict })
    }
    return wanted
  }

  /** Batches of series with their points; a series without a fitting point is left out. */
  async *read(plan: ReadPlan): AsyncGenerator<SeriesData[]> {
    const wanted = this.matching(plan)
    for (let from = 0; from < wanted.length; ) {
      let points = 0
      let to = from
      const { type } = wanted[from]!.series
      while (
        to < wanted.length &&
        to - from < seriesPerStatement &&
        wanted[to]!.series.type === type &&
        (to === from || points + wanted[to]!.series.points <= pointsPerStatement)
      )
        points += wanted[to++]!.series.points
      yield await this.#readRun(wanted.slice(from, to), plan)
      from = to
    }
  }

  async #readRun(run: readonly Wanted[], { startNs, stopNs }: ReadPlan): Promise<SeriesData[]> {
    const { type } = run[0]!.series
    const ids = run.map(({ series }) => series.id)
    const sql = `SELECT series, ts, v FROM ${tables[type].name} WHERE ts >= ${startNs} AND ts < ${stopNs} AND series IN (${ids.join(',')}) ORDER BY series, ts`
    const rows = await this.database.read((connection) => readRows(connection, sql, type))
    const found: SeriesData[] = []
    const starts = new Map<number, readonly [number, number]>()
    for (let i = 0; i < rows.series.length; ) {
      let end = i + 1
      while (end < rows.series.length && rows.series[end] === rows.series[i]) end++
      starts.set(rows.series[i]!, [i, end])
      i = end
    }
    for (const { series, verdict } of run) {
      const place = starts.get(series.id)
      if (place === undefined) continue
      let times = rows.times.slice(...place)
      let values = rows.values.slice(...place) as ColumnData
      if (verdict !== true && verdict !== false) {
        const kept = keep(values, valueTest(verdict), series.type)
        times = BigInt64Array.from(kept, (i) => times[i]!)
        values = pick(values, kept, series.type)
      }
      if (times.length > 0) found.push({ tags: series.tags, type: series.type, times, values })
    }
    return found
  }
}

interface Rows {
  readonly series: Uint32Array
  readonly times: BigInt64Array
  readonly values: ColumnData
}

async function readRows(connection: DuckDBConnection, sql: string, type: Series['type']): Promise<Rows> {
  const result = await connection.stream(sql)
  const parts: {
    readonly count: number
    readonly series: Uint32Array
    readonly times: BigInt64Array
    readonly values: ColumnData
  }[] = []
  let total = 0
  for (;;) {
    const chunk = await result.fetchChunk()
    if (chunk === null || chunk.rowCount === 0) break
    const count = chunk.rowCount
    const column = (i: number): unknown => (chunk.getColumnVector(i) as unknown as { readonly items: unknown }).items
    parts.push({
      count,
      series: column(0) as Uint32Array,
      times: column(1) as BigInt64Array,
      values:
        type === 'string'
          ? textsOf(chunk, 2)
          : ((type === 'bool' ? chunk.getColumnValues(2) : column(2)) as Float64Array),
    })
    total += count
  }
  const series = new Uint32Array(total)
  const times = new BigInt64Array(total)
  const values = allocate(type, total)
  let at = 0
  for (const part of parts) {
    series.set(part.series.subarray(0, part.count), at)
    times.set(part.times.subarray(0, part.count), at)
    if (type === 'string' || type === 'bool')
      for (let i = 0; i < part.count; i++)
        (values as unknown[])[at + i] = type === 'bool' ? Number(part.values[i]) : part.values[i]
    else (values as Float64Array).set((part.values as Float64Array).subarray(0, part.count), at)
    at += part.count
  }
  return { series, times, values }
}

const keep = (values: ColumnData, test: (value: unknown) => boolean, type: Series['type']): number[] => {
  const kept: number[] = []
  for (let i = 0; i < values.length; i++) if (test(type === 'bool' ? values[i] === 1 : values[i])) kept.push(i)
  return kept
}

function pick(values: ColumnData, indices: readonly number[], type: Series['type']): ColumnData {
  const picked = allocate(type, indices.length) as unknown[]
  for (let i = 0; i < indices.length; i++) picked[i] = values[indices[i]!]
  return picked as unknown as ColumnData
}

/** The one measurement that a predicate asks for, when it does: most do, and the look-up is by measurement. */
function onlyMeasurement(predicate: Predicate | null): string | undefined {
  if (predicate === null) return undefined
  if (predicate.kind === 'and') return onlyMeasurement(predicate.left) ?? onlyMeasurement(predicate.right)
  if (
    predicate.kind === 'compare' &&
    predicate.left.kind === 'tag' &&
    predicate.left.name === '_measurement' &&
    predicate.op === '==' &&
    typeof predicate.right === 'string'
  )
    return predicate.right
  return undefined
}
