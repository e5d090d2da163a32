import { beforeAll, describe, expect, it } from 'vitest'
import { type ContractOutcomes, recordedAnswers, replayContract } from './contract.ts'
import { fallenBelow, readFloors } from './floors.ts'
import { countsOf, type Outcome, tableOf } from './outcome.ts'

const folders = recordedAnswers()
const inWords = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map(({ topic, name, reason }) => `${topic}: ${name}: ${reason}`)
const wrong = <T extends Outcome>(outcomes: readonly T[]): T[] => outcomes.filter(({ verdict }) => verdict === 'wrong')
const shareOf = (part: number, outcomes: readonly Outcome[]): number => part / outcomes.length

/** Both through the HTTP API of a store that is really started, with DuckDB and workers under it. */
describe.skipIf(folders === null)('the recorded answers of a real InfluxDB, asked of the embedded store', () => {
  let outcomes: ContractOutcomes
  beforeAll(async () => {
    outcomes = await replayContract(folders!, { flux: true, http: true, topics: [], server: null, memory: null })
    console.log(tableOf(outcomes.flux, ['Flux', 'cases']))
    console.log(tableOf(outcomes.http, ['HTTP', 'steps'], ({ topic, tier }) => `${topic} (${tier})`))
    console.log(tableOf(outcomes.http, ['HTTP by tier', 'steps'], ({ tier }) => tier))
  }, 60_000)

  it('no Flux answer is plausible and wrong', () => {
    expect(inWords(wrong(outcomes.flux))).toEqual([])
  })

  it('at least 40 % of the Flux answers are the recorded ones, refusals in other words included', () => {
    const counts = countsOf(outcomes.flux)
    expect(shareOf(counts.right + counts['other text'], outcomes.flux)).toBeGreaterThanOrEqual(0.4)
  })

  it('at least 80 % of the core requests are answered as recorded', () => {
    const core = outcomes.http.filter(({ tier }) => tier === 'core')
    expect(shareOf(countsOf(core).right, core)).toBeGreaterThanOrEqual(0.8)
  })

  it('every write has the recorded status', () => {
    const writes = outcomes.http.filter(({ isWrite }) => isWrite)
    expect(writes.length).toBeGreaterThan(200)
    expect(inWords(writes.filter(({ status, statusExpected }) => status !== statusExpected))).toEqual([])
  })

  it('what is stored after writes and deletes is what the real server stored', () => {
    const stored = outcomes.http.filter(({ topic }) => /^http\/(2\d-write|40-delete|60-v1)/.test(topic))
    expect(inWords(wrong(stored))).toEqual([])
  })

  it('no topic has fewer right answers than before', async () => {
    const floors = await readFloors()
    expect(Object.keys(floors).length).toBeGreaterThan(50)
    expect(fallenBelow(floors, outcomes)).toEqual([])
  })
})

it.runIf(folders === null)(
  'is skipped: the recorded answers are not at hand (PLANTWATCH_SHARED names their folder)',
  () => {
    expect(folders).toBeNull()
  },
)
