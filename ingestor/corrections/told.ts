import type { InfluxPoint } from '../../lib/influx/point.ts'
import type { Plant } from '../../lib/plant/model.ts'
import { formatInstant } from '../../lib/time/instant.ts'
import type { ContextBook, ContextChange } from '../context/book.ts'
import type { Applied } from '../context/context-store.ts'
import type { ContextInterval, ContextValues, Piece } from '../context/interval.ts'
import { contextTags } from '../context/interval.ts'
import type { Moved } from './progress.ts'
import { earliestNs, latestNs, type Span } from './stored-points.ts'

/** Tags of the points that tell of a machine: where it stands, if the plant model knows. */
export function placesOf(plant: Plant | null): (machine: string) => Readonly<Record<string, string>> {
  const places = new Map<string, Readonly<Record<string, string>>>()
  for (const site of plant?.sites ?? [])
    for (const line of site.lines)
      for (const { id } of line.machines) places.set(id, { site: site.id, line: line.id, machine: id })
  return (machine) => places.get(machine) ?? { machine }
}

export const machinesOf = (plant: Plant | null): readonly string[] =>
  (plant?.sites ?? []).flatMap(({ lines }) => lines.flatMap(({ machines }) => machines.map(({ id }) => id)))

/** The stretch in which points about what ran on a machine have to be written anew, both ends included. @param changes of the machine */
export function toldAnew(book: ContextBook, machine: string, changes: readonly ContextChange[]): Span {
  const first = changes[0]!.fromNs
  const last = changes.at(-1)!.toNs ?? latestNs
  // The piece before ends elsewhere now, or goes on; one that began with the end of the change may have grown together with it.
  const touching = book.pieces(machine).find(({ toNs }) => toNs === null || toNs >= first)
  const from = touching !== undefined && touching.fromNs < first ? touching.fromNs : first
  return { fromNs: bounded(from), toNs: bounded(last) }
}

/** `context_interval`: what ran on a machine from the point's time on. @param span both ends included */
export const intervalPoints = (
  book: ContextBook,
  machine: string,
  { fromNs, toNs }: Span,
  place: Readonly<Record<string, string>>,
): readonly InfluxPoint[] =>
  book
    .pieces(machine)
    .filter((piece) => piece.fromNs >= fromNs && piece.fromNs <= toNs)
    .map((piece) => intervalPoint(piece, place))

const intervalPoint = ({ fromNs, toNs, values }: Piece, place: Readonly<Record<string, string>>): InfluxPoint => ({
  measurement: 'context_interval',
  tags: place,
  fields: { ...values, ...(toNs === null ? {} : { to_ns: toNs }) },
  timeNs: fromNs,
})

/** `context_change`: jobs rerun by it. */
export const changePoint = (
  { who }: Applied,
  what: string,
  moved: Moved,
  correctedNs: bigint,
  place: Readonly<Record<string, string>>,
): InfluxPoint => ({
  measurement: 'context_change',
  tags: place,
  fields: { from_ns: BigInt(moved.fromNs), to_ns: BigInt(moved.lastNs) + 1n, points: BigInt(moved.points), who, what },
  timeNs: correctedNs,
})

/** What somebody said, in plain words, by machine. */
export function wordsOf({ operation }: Applied): ReadonlyMap<string, string> {
  if (operation.kind === 'delete')
    return new Map([[operation.machine, `removed the interval from ${formatInstant(operation.fromNs)}`]])
  const byMachine = new Map<string, ContextInterval[]>()
  for (const interval of operation.intervals) {
    const own = byMachine.get(interval.machine)
    if (own === undefined) byMachine.set(interval.machine, [interval])
    else own.push(interval)
  }
  return new Map([...byMachine].map(([machine, own]) => [machine, sentenceOf(own)]))
}

function sentenceOf(intervals: readonly ContextInterval[]): string {
  const shown = intervals.slice(0, 3).map((interval) => `${valuesText(interval)} ${stretchText(interval)}`)
  if (intervals.length === 1) return shown[0]!
  return `${intervals.length} intervals: ${shown.join('; ')}${intervals.length > shown.length ? '; …' : ''}`
}

const stretchText = ({ fromNs, toNs }: ContextInterval): string =>
  `from ${formatInstant(fromNs)} ${toNs === null ? 'on' : `to ${formatInstant(toNs)}`}`

const valuesText = (values: ContextValues): string =>
  contextTags.flatMap((tag) => (values[tag] === undefined ? [] : [`${tag} ${values[tag]}`])).join(', ') || 'nothing'

const bounded = (ns: bigint): bigint => (ns < earliestNs ? earliestNs : ns > latestNs ? latestNs : ns)
