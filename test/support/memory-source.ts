import type { Literal, Predicate, ReadPlan, SeriesData } from '../../store/flux/plan/read.ts'
import { Regex } from '../../store/flux/regex.ts'
import type { BucketInfo, PointToWrite, Source } from '../../store/flux/source.ts'
import { aggregated } from './memory-aggregate.ts'

type FieldType = SeriesData['type']
export type Raw = number | bigint | string | boolean

export interface Series {
  readonly order: string
  readonly measurement: string
  readonly tags: SeriesData['tags']
  readonly type: FieldType
  readonly points: Map<bigint, Raw>
}

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
const escaped = (text: string): string => text.replace(/[,= ]/g, '\\$&')

/**
 * A store in memory that keeps to the rules of storage as strictly as InfluxDB does, for tests of the engine: series in order of
 * their bytes, `!=` on a missing tag true, comparisons of incomparable types false, a field has one type per measurement.
 */
export class MemorySource implements Source {
  readonly #buckets: BucketInfo[] = []
  readonly #series = new Map<string, Map<string, Series>>()
  readonly #types = new Map<string, FieldType>()

  addBucket(name: string, retentionNs = 0n): BucketInfo {
    const bucket = {
      id: (this.#buckets.length + 1).toString(16).padStart(16, '0'),
      orgId: '0000000000000abc',
      name,
      retentionNs,
    }
    this.#buckets.push(bucket)
    this.#series.set(bucket.id, new Map())
    return bucket
  }

  buckets(): readonly BucketInfo[] {
    return this.#buckets
  }

  write(bucketId: string, points: readonly PointToWrite[]): string | null {
    const all = this.#series.get(bucketId)!
    let conflict: string | null = null
    let dropped = 0
    for (const { measurement, tags, fields, timeNs } of points) {
      const sorted = [...tags].sort(([a], [b]) => byBytes(a, b))
      const clash = fields.find(([name, value]) => {
        const known = this.#types.get(`${bucketId} ${measurement} ${name}`)
        return known !== undefined && known !== typeOf(value)
      })
      if (clash !== undefined) {
        dropped++
        const [name, value] = clash
        const known = this.#types.get(`${bucketId} ${measurement} ${name}`)!
        conflict ??= `field type conflict: input field "${name}" on measurement "${measurement}" is type ${words[typeOf(value)]}, already exists as type ${words[known]}`
        continue
      }
      for (const [name, value] of fields) {
        const type = typeOf(value)
        this.#types.set(`${bucketId} ${measurement} ${name}`, type)
        const order = [
          escaped(measurement),
          ...sorted.map(([k, v]) => `,${escaped(k)}=${escaped(v)}`),
          '\u0000',
          name,
        ].join('')
        let series = all.get(order)
        if (series === undefined) {
          const withField = [...sorted, ['_measurement', measurement] as const, ['_field', name] as const]
          const labelled = withField.sort(([a], [b]) => byBytes(a, b))
          series = { order, measurement, tags: labelled, type, points: new Map() }
          all.set(order, series)
        }
        series.points.set(timeNs, typeof value === 'object' ? value.uint : value)
      }
    }
    return conflict === null ? null : `partial write: ${conflict} dropped=${dropped}`
  }

  *read(plan: ReadPlan): Iterable<SeriesData> {
    for (const series of this.#matching(plan)) {
      const times = [...series.points.keys()].sort((a, b) => (a < b ? -1 : 1))
      const kept = times.filter(
        (t) =>
          t >= plan.startNs &&
          t < plan.stopNs &&
          (plan.predicate === null || holds(plan.predicate, series, series.points.get(t)!)),
      )
      if (kept.length === 0) continue
      const data: SeriesData = {
        tags: series.tags,
        type: series.type,
        times: BigInt64Array.from(kept),
        values: columnOf(
          series.type,
          kept.map((t) => series.points.get(t)!),
        ),
      }
      yield plan.aggregate === undefined ? data : aggregated(data, plan, plan.aggregate)
    }
  }

  *series(plan: Pick<ReadPlan, 'bucketId' | 'startNs' | 'stopNs' | 'predicate'>): Iterable<SeriesData['tags']> {
    for (const { tags } of this.read(plan)) yield tags
  }

  #matching({ bucketId }: Pick<ReadPlan, 'bucketId'>): Series[] {
    return [...this.#series.get(bucketId)!.values()].sort((a, b) => byBytes(a.order, b.order))
  }
}

const words = { float: 'float', int: 'integer', uint: 'unsigned', string: 'string', bool: 'boolean' } as const

const typeOf = (value: PointToWrite['fields'][number][1]): FieldType => {
  if (typeof value === 'number') return 'float'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'string') return 'string'
  return typeof value === 'boolean' ? 'bool' : 'uint'
}

export function columnOf(type: FieldType, values: readonly Raw[]): SeriesData['values'] {
  if (type === 'float') return Float64Array.from(values as number[])
  if (type === 'int') return BigInt64Array.from(values as bigint[])
  if (type === 'uint') return BigUint64Array.from(values as bigint[])
  if (type === 'bool') return Uint8Array.from(values.map(Number))
  return values as string[]
}

/** Whether a point meets a condition, by the rules of storage. */
function holds(predicate: Predicate, series: Series, value: Raw): boolean {
  switch (predicate.kind) {
    case 'and':
      return holds(predicate.left, series, value) && holds(predicate.right, series, value)
    case 'or':
      return holds(predicate.left, series, value) || holds(predicate.right, series, value)
    case 'exists': {
      const { reference } = predicate
      const exists = reference.kind === 'value' || series.tags.some(([name]) => name === reference.name)
      return exists !== predicate.negated
    }
    case 'compare': {
      const { left, right, op } = predicate
      if (left.kind === 'tag') {
        const tag = series.tags.find(([name]) => name === left.name)?.[1] ?? ''
        return compareText(op, tag, right)
      }
      return compareValue(op, series.type, value, right)
    }
  }
}

const regexes = new Map<string, Regex>()
const matches = (source: string, text: string): boolean => {
  let regex = regexes.get(source)
  if (regex === undefined) regexes.set(source, (regex = new Regex(source)))
  return regex.test(text)
}

type Operator = Extract<Predicate, { kind: 'compare' }>['op']

function compareText(op: Operator, text: string, literal: Literal): boolean {
  if (typeof literal === 'object' && 'regex' in literal)
    return op === '=~' ? matches(literal.regex, text) : op === '!~' ? !matches(literal.regex, text) : false
  return typeof literal === 'string' && ordered(op, byBytes(text, literal))
}

function compareValue(op: Operator, type: FieldType, value: Raw, literal: Literal): boolean {
  if (type === 'string') return compareText(op, value as string, literal)
  if (typeof literal === 'object') {
    if (!('uint' in literal) || type !== 'uint') return false
    return ordered(op, sign(value as bigint, literal.uint))
  }
  if (type === 'bool') return typeof literal === 'boolean' && ordered(op, Number(value) - Number(literal))
  if (type === 'uint' || (typeof literal !== 'number' && typeof literal !== 'bigint')) return false
  return ordered(op, sign(value as number | bigint, literal))
}

const sign = (a: number | bigint, b: number | bigint): number =>
  a < b ? -1 : a > b ? 1 : Number.isNaN(Number(a)) || Number.isNaN(Number(b)) ? Number.NaN : 0

function ordered(op: Operator, order: number): boolean {
  switch (op) {
    case '==':
      return order === 0
    case '!=':
      return order !== 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
    default:
      return false
  }
}
