import type { AggregateFunction, ReadPlan, SeriesData } from '../../store/flux/plan/read.ts'
import { columnOf, type Raw } from './memory-source.ts'

type Aggregate = NonNullable<ReadPlan['aggregate']>

/** What storage computes of one series: a point per window that has any, or one for the whole range. */
export function aggregated(
  data: SeriesData,
  { startNs }: Pick<ReadPlan, 'startNs'>,
  { fn, everyNs, offsetNs = 0n }: Aggregate,
): SeriesData {
  const windows = new Map<bigint, number[]>()
  for (let i = 0; i < data.times.length; i++) {
    const start = everyNs === undefined ? startNs : windowStart(data.times[i]!, everyNs, offsetNs)
    const rows = windows.get(start)
    if (rows === undefined) windows.set(start, [i])
    else rows.push(i)
  }
  const values = Array.from(data.values as ArrayLike<Raw>, (value) => (data.type === 'bool' ? value === 1 : value))
  const points = [...windows].map(([start, rows]) => pointOf(fn, data, values, rows, start))
  const type = fn === 'count' ? 'int' : fn === 'mean' ? 'float' : data.type
  return {
    tags: data.tags,
    type,
    times: BigInt64Array.from(points.map(([time]) => time)),
    values: columnOf(
      type,
      points.map(([, value]) => value),
    ),
  }
}

const windowStart = (time: bigint, every: bigint, offset: bigint): bigint => {
  const rest = (time - offset) % every
  return time - (rest < 0n ? rest + every : rest)
}

function pointOf(
  fn: AggregateFunction,
  data: SeriesData,
  values: readonly Raw[],
  rows: readonly number[],
  start: bigint,
): readonly [bigint, Raw] {
  const chosen = (row: number): readonly [bigint, Raw] => [data.times[row]!, values[row]!]
  switch (fn) {
    case 'count':
      return [start, BigInt(rows.length)]
    case 'first':
      return chosen(rows[0]!)
    case 'last':
      return chosen(rows.at(-1)!)
    case 'min':
      return chosen(rows.reduce((best, row) => (values[row]! < values[best]! ? row : best)))
    case 'max':
      return chosen(rows.reduce((best, row) => (values[row]! > values[best]! ? row : best)))
    case 'sum':
    case 'mean': {
      const sum = total(
        data.type,
        rows.map((row) => values[row]!),
      )
      return [start, fn === 'sum' ? sum : Number(sum) / rows.length]
    }
  }
}

function total(type: SeriesData['type'], values: readonly Raw[]): number | bigint {
  if (type === 'float') return (values as number[]).reduce((sum, value) => sum + value, 0)
  const sum = (values as bigint[]).reduce((all, value) => all + value, 0n)
  return type === 'uint' ? BigInt.asUintN(64, sum) : BigInt.asIntN(64, sum)
}
