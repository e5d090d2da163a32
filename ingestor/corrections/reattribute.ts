import { formatField, formatLine } from '../../lib/line-protocol/format.ts'
import type { ContextChange } from '../context/book.ts'
import { type ContextValues, contextTags, encodeContext } from '../context/interval.ts'
import { latestNs, type StoredColumn } from './stored-points.ts'

/** What has to go and to come so that points have the context that holds at their own time. */
export interface Reattribution {
  /** Deletes, in InfluxDB's words. They may hit points that stay as they are: these are among the lines. */
  readonly predicates: readonly string[]
  /** Line protocol in nanoseconds. */
  readonly lines: readonly string[]
  readonly moved: { readonly points: number; readonly fromNs: bigint; readonly lastNs: bigint } | null
}

const isContextTag = new Set<string>(contextTags)

/**
 * Works out which of a machine's points have another context now. A point is moved when its context tags are exactly those that the
 * book said for its time before the change; any others are its sender's own, and stay.
 * @param columns all values of the machine in the stretch
 * @param changes of the machine, disjoint, in order of time
 * @throws RangeError for a point that line protocol cannot write
 */
export function reattribute(
  machine: string,
  columns: readonly StoredColumn[],
  changes: readonly ContextChange[],
): Reattribution {
  const told = changes.map(({ before, after, fromNs, toNs }) => ({
    fromNs,
    toNs: toNs ?? latestNs + 1n,
    before: tagsText(before),
    after: contextPairs(after),
  }))
  const split = columns.map((column) => {
    const context = column.tags.filter(([tag]) => isContextTag.has(tag))
    return { column, context, text: tagsText(Object.fromEntries(context)) }
  })
  const wrong = new Map<string, ContextValues | null>()
  for (const { column, text } of split)
    for (const timeNs of column.timesNs) {
      const change = told[changeAt(told, timeNs)]
      if (change !== undefined && change.before === text && !wrong.has(text))
        wrong.set(text, changes[told.indexOf(change)]!.before)
    }
  if (wrong.size === 0) return { predicates: [], lines: [], moved: null }

  // Where a sender repeated a point after the change, the newer one has the right tags already, and holds.
  const afters = new Set(changes.map(({ after }) => tagsText(after)))
  const newer = new Map<string, Set<bigint>>()
  for (const { column, text } of split)
    if (afters.has(text)) {
      const times = column.timesNs.filter((timeNs) => told[changeAt(told, timeNs)]?.before !== text)
      if (times.length > 0) newer.set(`${seriesKey(column.measurement, column.tags)} ${column.field}`, new Set(times))
    }

  const doomed = [...wrong.values()].map(contextPairs)
  const series = new Map<string, Map<bigint, string>>()
  const movedPoints = new Map<string, Set<bigint>>()
  let fromNs = latestNs
  let lastNs = -(2n ** 63n)
  for (const { column, context, text } of split) {
    const own = column.tags.filter(([tag]) => !isContextTag.has(tag))
    const isDoomed = doomed.some((pairs) =>
      pairs.every(([tag, value]) => context.some(([t, v]) => t === tag && v === value)),
    )
    const keys = new Map<number, string>()
    const fieldStart = formatLine({ measurement: 'm', tags: [], fields: [[column.field, false]] }).slice(2, -5)
    column.timesNs.forEach((timeNs, row) => {
      const at = changeAt(told, timeNs)
      const isMoved = told[at]?.before === text
      if (!isMoved && !isDoomed) return
      const target = isMoved ? at : -1
      let key = keys.get(target)
      if (key === undefined) {
        key = seriesKey(column.measurement, isMoved ? [...own, ...told[at]!.after] : column.tags)
        keys.set(target, key)
      }
      if (isMoved) {
        entryOf(movedPoints, key, () => new Set<bigint>()).add(timeNs)
        if (timeNs < fromNs) fromNs = timeNs
        if (timeNs > lastNs) lastNs = timeNs
        if (newer.size > 0 && newer.get(`${key} ${column.field}`)?.has(timeNs) === true) return
      }
      const points = entryOf(series, key, () => new Map<bigint, string>())
      const field = `${fieldStart}${formatField(column.values[row]!)}`
      const others = points.get(timeNs)
      points.set(timeNs, others === undefined ? field : `${others},${field}`)
    })
  }
  const lines: string[] = []
  for (const [key, points] of series) for (const [timeNs, fields] of points) lines.push(`${key} ${fields} ${timeNs}`)
  const points = [...movedPoints.values()].reduce((sum, times) => sum + times.size, 0)
  return {
    predicates: doomed.map((pairs) => predicateOf([['machine', machine], ...pairs])),
    lines,
    moved: { points, fromNs, lastNs },
  }
}

const tagsText = (values: ContextValues | null): string => (values === null ? '' : encodeContext(values))

const contextPairs = (values: ContextValues | null): [tag: string, value: string][] =>
  values === null
    ? []
    : contextTags.flatMap((tag): [string, string][] => {
        const value = values[tag]
        return value === undefined || value === '' ? [] : [[tag, value]]
      })

/** InfluxQL's quotes: `order`, for one, is a word of its own there. */
export const predicateOf = (pairs: readonly (readonly [tag: string, value: string])[]): string =>
  pairs.map(([tag, value]) => `"${escaped(tag)}"="${escaped(value)}"`).join(' AND ')

const escaped = (text: string): string => text.replace(/["\\]/g, '\\$&')

const seriesKey = (measurement: string, tags: readonly (readonly [string, string])[]): string =>
  formatLine({
    measurement,
    tags: [...tags].sort(([a], [b]) => (a < b ? -1 : 1)),
    fields: [['f', false]],
  }).slice(0, -8)

function changeAt(changes: readonly { readonly fromNs: bigint; readonly toNs: bigint }[], ns: bigint): number {
  let low = 0
  let high = changes.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (changes[middle]!.fromNs <= ns) low = middle + 1
    else high = middle
  }
  return low > 0 && ns < changes[low - 1]!.toNs ? low - 1 : -1
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) map.set(key, (value = make()))
  return value
}
