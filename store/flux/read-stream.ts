import { Column, type ColumnType } from './column.ts'
import { FluxError } from './errors.ts'
import { compareCells, GroupKey, type KeyColumn } from './group-key.ts'
import { isAnswered, isShared } from './interpret/results.ts'
import type { AggregateFunction, Predicate, ReadPlan, SeriesData } from './plan/read.ts'
import { type Bounds, type Origin, positioned, TableStream } from './stream.ts'
import { Table } from './table.ts'
import type { CallContext } from './universe/define.ts'

export type { Bounds } from './stream.ts'

/** What a chain `from |> range |> filter*` asks of storage. */
export interface ReadSpec {
  readonly bucket: { readonly name: string } | { readonly id: string }
  /** null until `range` was called */
  readonly bounds: Bounds | null
  readonly predicate: Predicate | null
}

const planError = (message: string): FluxError =>
  new FluxError('invalid', `error in building plan while starting program: ${message}`, { positioned: true })

/**
 * A chain from|range|filter* directly on storage: its filters have storage's semantics, and a few operators that follow it are
 * done by storage too, with results that differ from what they do in memory (embedded-store reference 4.5).
 */
export class ReadStream extends TableStream {
  constructor(
    readonly context: CallContext,
    readonly spec: ReadSpec,
    origin: Origin,
  ) {
    super(() => this.#tables(), origin, spec.bounds)
  }

  ranged(bounds: Bounds): ReadStream {
    const { bounds: before } = this.spec
    const both =
      before === null
        ? bounds
        : {
            startNs: before.startNs > bounds.startNs ? before.startNs : bounds.startNs,
            stopNs: before.stopNs < bounds.stopNs ? before.stopNs : bounds.stopNs,
          }
    return new ReadStream(this.context, { ...this.spec, bounds: both }, this.origin)
  }

  filtered(predicate: Predicate): ReadStream {
    const { predicate: before } = this.spec
    return new ReadStream(
      this.context,
      { ...this.spec, predicate: before === null ? predicate : { kind: 'and', left: before, right: predicate } },
      this.origin,
    )
  }

  /** The group of a read, done by storage unless somebody else reads it too. */
  grouped(columns: readonly string[], mode: 'by' | 'except', inMemory: () => Iterable<Table>): GroupedRead {
    return new GroupedRead(this, columns, mode, inMemory)
  }

  /** What storage is asked. @throws FluxError without a range, with an empty one, or for a bucket that is not there (404) */
  plan(): ReadPlan {
    const { bucket, bounds, predicate } = this.spec
    if (bounds === null)
      throw planError(
        `cannot submit unbounded read to "${'name' in bucket ? bucket.name : bucket.id}"; try bounding 'from' with a call to 'range'`,
      )
    if (bounds.startNs >= bounds.stopNs) throw planError('cannot query an empty range')
    return { bucketId: findBucket(this.context, bucket), ...bounds, predicate }
  }

  /** Series as storage has them, aggregated by it when asked. */
  series(aggregate?: {
    readonly fn: AggregateFunction
    readonly everyNs?: bigint
    readonly offsetNs?: bigint
  }): Iterable<SeriesData> {
    return this.context.source.read(aggregate === undefined ? this.plan() : { ...this.plan(), aggregate })
  }

  /** The group key of a series: the bounds, then its tags by name. */
  keyOf(series: { readonly tags: SeriesData['tags'] }): GroupKey {
    return new GroupKey([
      ...boundColumns(this.spec.bounds!),
      ...series.tags.map(([label, value]): KeyColumn => ({ label, type: 'string', value })),
    ])
  }

  *#tables(): Iterable<Table> {
    try {
      for (const series of this.series()) {
        this.context.budget.check()
        yield tableOf(this.keyOf(series), this.spec.bounds!, series)
      }
    } catch (error) {
      throw positioned(error, this.origin)
    }
  }
}

/**
 * `group` directly on a read. The key keeps `_start` and `_stop`; tables come in the order of the group's values, a missing one
 * last; rows are ordered by time within a table's series, series after series.
 */
export class GroupedRead extends TableStream {
  constructor(
    readonly read: ReadStream,
    readonly by: readonly string[],
    readonly mode: 'by' | 'except',
    /** The same group done in memory, for a read that storage may not group. */
    readonly inMemory: () => Iterable<Table>,
  ) {
    super(() => this.#tables(), read.origin, read.bounds)
  }

  /** Storage groups a read that nobody else reads. Known once the whole script is. */
  get byStorage(): boolean {
    return !isShared(this.read)
  }

  /** Series of each group, groups in order. */
  groups(): { readonly key: GroupKey; readonly series: readonly SeriesData[] }[] {
    const groups = new Map<
      string,
      { readonly values: readonly (string | null)[]; readonly key: GroupKey; readonly series: SeriesData[] }
    >()
    for (const series of this.read.series()) {
      this.read.context.budget.charge(series.times.length, series.times.length * 16)
      const labels =
        this.mode === 'by' ? this.by : series.tags.map(([label]) => label).filter((label) => !this.by.includes(label))
      const tags = new Map(series.tags)
      const values = labels.map((label) => tags.get(label) ?? null)
      const present = labels.filter((label) => tags.has(label))
      const key = new GroupKey([
        ...boundColumns(this.read.spec.bounds!),
        ...labels
          .filter((label) => this.mode === 'except' || present.includes(label) || this.#isTag(label))
          .map((label): KeyColumn => ({ label, type: 'string', value: tags.get(label) ?? null })),
      ])
      const id = JSON.stringify([labels, values])
      const group = groups.get(id)
      if (group === undefined) groups.set(id, { values, key, series: [series] })
      else group.series.push(series)
    }
    return [...groups.values()].sort((a, b) => compareGroups(a.values, b.values))
  }

  #isTag(label: string): boolean {
    return !['_start', '_stop', '_time', '_value'].includes(label)
  }

  *#tables(): Iterable<Table> {
    if (!this.byStorage) {
      yield* this.inMemory()
      return
    }
    for (const { key, series } of this.groups()) {
      const type = series[0]!.type
      const other = series.findIndex((one) => one.type !== type)
      if (other === -1) {
        yield joinedTable(key, this.read.spec.bounds!, series)
        continue
      }
      // Storage has sent what came before when it finds out.
      if (isAnswered(this)) yield joinedTable(key, this.read.spec.bounds!, series.slice(0, other))
      throw new FluxError(
        'invalid',
        `schema collision: cannot group ${typeWord(type)} and ${typeWord(series[other]!.type)} types together`,
        { positioned: true },
      )
    }
  }
}

/** By value, a missing one last. */
function compareGroups(a: readonly (string | null)[], b: readonly (string | null)[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] === b[i]) continue
    if (a[i] === null) return 1
    if (b[i] === null) return -1
    return compareCells(a[i]!, b[i]!)
  }
  return a.length - b.length
}

export const boundColumns = ({ startNs, stopNs }: Bounds): KeyColumn[] => [
  { label: '_start', type: 'time', value: startNs },
  { label: '_stop', type: 'time', value: stopNs },
]

/** One series as a table: `_start, _stop, _time, _value`, then tags by name. */
export function tableOf(key: GroupKey, { startNs, stopNs }: Bounds, series: SeriesData): Table {
  const length = series.times.length
  return new Table(
    key,
    [
      Column.constant('_start', 'time', startNs, length),
      Column.constant('_stop', 'time', stopNs, length),
      Column.of('_time', 'time', series.times),
      Column.of('_value', series.type, series.values),
      ...series.tags.map(([label, value]) => Column.constant(label, 'string', value, length)),
    ],
    length,
  )
}

/** Several series of one type in one table, one after the other; a tag that one of them lacks is null there. */
function joinedTable(key: GroupKey, bounds: Bounds, series: readonly SeriesData[]): Table {
  const parts = series.map((one) => tableOf(key, bounds, one))
  const labels = [...new Set(series.flatMap(({ tags }) => tags.map(([label]) => label)))].sort((a, b) =>
    a < b ? -1 : 1,
  )
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const column = (label: string, type: ColumnType): Column =>
    Column.concat(
      label,
      type,
      parts.map((part) => part.column(label) ?? Column.constant(label, type, null, part.length)),
    )
  const type = series[0]!.type
  return new Table(
    key,
    [
      column('_start', 'time'),
      column('_stop', 'time'),
      column('_time', 'time'),
      column('_value', type),
      ...labels.map((label) => column(label, 'string')),
    ],
    length,
  )
}

const typeWord = (type: SeriesData['type']): string =>
  ({ float: 'float', int: 'integer', uint: 'unsigned', string: 'string', bool: 'boolean' })[type]

/** @throws FluxError in InfluxDB's words when there is no such bucket, or the token may not read it */
export function findBucket(
  context: CallContext,
  bucket: ReadSpec['bucket'],
  may: 'readable' | 'writable' = 'readable',
): string {
  const failed = 'failed to initialize execute state'
  if ('name' in bucket) {
    const found = context.source.buckets().find((one) => one.name === bucket.name && one[may] !== false)
    if (found === undefined)
      throw new FluxError('not found', `${failed}: could not find bucket ${JSON.stringify(bucket.name)}`, {
        positioned: true,
      })
    return found.id
  }
  if (!/^[0-9a-f]{16}$/.test(bucket.id)) {
    const reason = bucket.id.length === 16 ? 'invalid ID' : 'id must have a length of 16 bytes'
    throw new FluxError('invalid', `${failed}: invalid bucket id: ${reason}`, { positioned: true })
  }
  if (!context.source.buckets().some((one) => one.id === bucket.id && one[may] !== false))
    throw new FluxError('not found', `${failed}: could not find bucket with id "${bucket.id}"`, { positioned: true })
  return bucket.id
}
