import { readFile, writeFile } from 'node:fs/promises'
import type { ContractOutcomes } from './contract.ts'
import { groupedBy, type Outcome } from './outcome.ts'

/** How many cases of each topic are right at least: a number here may only rise. */
export type Floors = Readonly<Record<string, number>>

const path = new URL('floors.json', import.meta.url)

export const readFloors = async (): Promise<Floors> => JSON.parse(await readFile(path, 'utf8')) as Floors
export const writeFloors = (floors: Floors): Promise<void> => writeFile(path, `${JSON.stringify(floors, null, 2)}\n`)

const allOf = ({ flux, http }: ContractOutcomes): Map<string, Outcome[]> =>
  new Map([...groupedBy(flux, ({ topic }) => `flux/${topic}`), ...groupedBy<Outcome>(http, ({ topic }) => topic)])

const rightOf = (outcomes: readonly Outcome[]): number => outcomes.filter(({ verdict }) => verdict === 'right').length

/** The floors with those of a run, where that is higher. */
export function raisedFloors(floors: Floors, outcomes: ContractOutcomes): Floors {
  const raised = Object.entries(floors)
  for (const [topic, of] of allOf(outcomes)) raised.push([topic, Math.max(floors[topic] ?? 0, rightOf(of))])
  return Object.fromEntries([...new Map(raised)].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Topics in which fewer cases are right than were before, in words. */
export function fallenBelow(floors: Floors, outcomes: ContractOutcomes): string[] {
  const topics = allOf(outcomes)
  return Object.entries(floors).flatMap(([topic, floor]) => {
    const right = rightOf(topics.get(topic) ?? [])
    return right < floor ? [`${topic}: ${right} right, ${floor} before`] : []
  })
}
