import { compareStrings } from '../flux/group-key.ts'
import type { Predicate, Reference, SeriesData } from '../flux/plan/read.ts'
import { Regex } from '../flux/regex.ts'
import type { ValueType } from './database.ts'

/** One field of one set of tags: what InfluxDB calls a series with its field. */
export interface Series {
  readonly id: number
  readonly bucketId: string
  readonly measurement: string
  readonly field: string
  readonly type: ValueType
  /** Sorted by name, `_field` and `_measurement` among them. */
  readonly tags: SeriesData['tags']
  /** Its own among all of its bucket: measurement, tags and field. */
  readonly order: string
  /** Where it comes among others: by the bytes of the texts themselves, so that `l 1` comes before `l2`. */
  readonly place: string
  /** Where points may be: disjoint stretches, both ends included, ascending. Nothing lies outside of them. */
  readonly covered: [fromNs: bigint, toNs: bigint][]
  /** About how many points it has. */
  points: number
  /** The newest time written, in order of writing; null before the first. */
  lastNs: bigint | null
  /** True once its last point was deleted: then it is not to be written to any more, another one takes its place. */
  gone: boolean
  /** The batch that holds its newest row, and where. */
  pendingIn: object | null
  pendingRow: number
}

/**
 * Measurement and tags as one text, different for different ones.
 * @param tags without `_field` and `_measurement`, sorted by name
 */
export const seriesKey = (measurement: string, tags: readonly (readonly [string, string])[]): string =>
  tags.reduce((text, [name, value]) => `${text},${escaped(name)}=${escaped(value)}`, escaped(measurement))

const escaped = (text: string): string => (/[\\,= \0]/.test(text) ? text.replace(/[\\,= \0]/g, '\\$&') : text)

const byBytes = ([a]: readonly [string, string], [b]: readonly [string, string]): number => compareStrings(a, b)

/** @param tags without `_field` and `_measurement`, sorted by name */
export function makeSeries(
  id: number,
  bucketId: string,
  measurement: string,
  tags: readonly (readonly [string, string])[],
  field: string,
  type: ValueType,
): Series {
  return {
    id,
    bucketId,
    measurement,
    field,
    type,
    tags: [...tags, ['_field', field] as const, ['_measurement', measurement] as const].sort(byBytes),
    order: `${seriesKey(measurement, tags)}\0${field}`,
    place: `${tags.reduce((text, [name, value]) => `${text},${name}=${value}`, measurement)}\0${field}`,
    covered: [],
    points: 0,
    lastNs: null,
    gone: false,
    pendingIn: null,
    pendingRow: 0,
  }
}

export const inStorageOrder = (a: Series, b: Series): number => compareStrings(a.place, b.place)

const stretchesMax = 8

/**
 * Notes that a point is written. @returns whether none can have been there before: then it may simply be appended
 */
export function cover(series: Series, ns: bigint): boolean {
  const { covered } = series
  let i = covered.length - 1
  while (i >= 0 && covered[i]![0] > ns) i--
  if (i >= 0 && ns <= covered[i]![1]) return false
  // Behind stretch i, before stretch i + 1. A stretch grows to the right, since points mostly come in order.
  if (i >= 0 && (i === covered.length - 1 || covered.length >= stretchesMax)) covered[i]![1] = ns
  else if (i >= 0 && series.points > 0 && covered[i]![1] === series.lastNs) covered[i]![1] = ns
  else if (covered.length >= stretchesMax) covered[0]![0] = ns
  else covered.splice(i + 1, 0, [ns, ns])
  series.lastNs = ns
  return true
}

export const mayHavePoints = (series: Series, startNs: bigint, stopNs: bigint): boolean =>
  series.covered.some(([from, to]) => from < stopNs && to >= startNs)

/** A predicate made ready: what it says of a series' tags, and what is left to say of its values. */
export type SeriesVerdict = boolean | Predicate

/**
 * Decides a predicate as far as tags and type can. @returns false: no point fits; true: every point does; a predicate on the
 * value alone else
 */
export function decide(predicate: Predicate | null, series: Series): SeriesVerdict {
  if (predicate === null) return true
  switch (predicate.kind) {
    case 'and': {
      const left = decide(predicate.left, series)
      if (left === false) return false
      const right = decide(predicate.right, series)
      if (right === false) return false
      if (left === true) return right
      return right === true ? left : { kind: 'and', left, right }
    }
    case 'or': {
      const left = decide(predicate.left, series)
      if (left === true) return true
      const right = decide(predicate.right, series)
      if (right === true) return true
      if (left === false) return right
      return right === false ? left : { kind: 'or', left, right }
    }
    case 'exists': {
      if (predicate.reference.kind === 'value') return !predicate.negated
      return (tagOf(series, predicate.reference) !== undefined) !== predicate.negated
    }
    case 'compare': {
      if (predicate.left.kind === 'value') return valueComparable(series.type, predicate) ? predicate : false
      return compareTag(tagOf(series, predicate.left), predicate)
    }
  }
}

const tagOf = (series: Series, reference: Extract<Reference, { kind: 'tag' }>): string | undefined => {
  if (reference.name === '_measurement') return series.measurement
  if (reference.name === '_field') return series.field
  return series.tags.find(([name]) => name === reference.name)?.[1]
}

type Comparison = Extract<Predicate, { kind: 'compare' }>

const regexes = new Map<string, Regex>()
const regexOf = (source: string): Regex => {
  let regex = regexes.get(source)
  if (regex === undefined) {
    if (regexes.size > 100) regexes.clear()
    regexes.set(source, (regex = new Regex(source)))
  }
  return regex
}

/** A tag that is missing counts as empty: it passes `!=` and `!~`, as in InfluxDB's storage. */
function compareTag(tag: string | undefined, { op, right }: Comparison): boolean {
  if (typeof right === 'object' && 'regex' in right) {
    const found = regexOf(right.regex).test(tag ?? '')
    return op === '=~' ? found : !found
  }
  if (op === '==') return tag === right
  if (op === '!=') return tag !== right
  return false
}

function valueComparable(type: ValueType, { op, right }: Comparison): boolean {
  if (typeof right === 'string') return type === 'string'
  if (typeof right === 'boolean') return type === 'bool' && (op === '==' || op === '!=')
  if (typeof right === 'object' && 'regex' in right) return type === 'string'
  return type === 'float' || type === 'int'
}

/** The condition on one value, for a series of comparable type. */
export function valueTest(predicate: Predicate): (value: unknown) => boolean {
  if (predicate.kind === 'and' || predicate.kind === 'or') {
    const left = valueTest(predicate.left)
    const right = valueTest(predicate.right)
    return predicate.kind === 'and' ? (value) => left(value) && right(value) : (value) => left(value) || right(value)
  }
  if (predicate.kind === 'exists') return () => !predicate.negated
  const { op, right } = predicate as Comparison
  if (typeof right === 'object' && 'regex' in right) {
    const regex = regexOf(right.regex)
    return op === '=~' ? (value) => regex.test(value as string) : (value) => !regex.test(value as string)
  }
  const literal = right as number
  switch (op) {
    case '==':
      // int and float compare by size: JavaScript's loose comparison of number and bigint is exact.
      return (value) => !((value as number) < literal) && !((value as number) > literal) && !Number.isNaN(value)
    case '!=':
      return (value) => (value as number) < literal || (value as number) > literal || Number.isNaN(value)
    case '<':
      return (value) => (value as number) < literal
    case '<=':
      return (value) => (value as number) <= literal
    case '>':
      return (value) => (value as number) > literal
    default:
      return (value) => (value as number) >= literal
  }
}
