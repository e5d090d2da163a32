/** `npm run contract`: how the embedded store, or any server that speaks InfluxDB 2, answers what a real one was asked. See `usage`. */
import { parseArgs } from 'node:util'
import { recordedAnswers, replayContract } from './contract.ts'
import { raisedFloors, readFloors, writeFloors } from './floors.ts'
import type { HttpOutcome } from './http-replay.ts'
import { countsOf, type Outcome, tableOf, type Verdict } from './outcome.ts'

const usage = `npm run contract -- [flags] [topic…]

Replays the recorded answers of a real InfluxDB (PLANTWATCH_SHARED names their folder) on an embedded store that is started in a
temporary folder, and counts: right; refused as recorded in other words; refused by name; wrong. Topics are files of the recorded
answers: join, http/40-delete, clients/go.

  --flux, --http       one of the two alone
  --engine memory      Flux on the engine alone, over a store in memory; with --no-pushdown nothing is left to storage
  --wrong --other --refused --verbose
                       lists the cases of that verdict, or of all, with what differs
  --tier core          lists and counts requests of that tier alone: core, client, management, extra
  --json               prints every case as JSON
  --pin                raises the floors that contract.test.ts holds to what is right now

INFLUX_URL, INFLUX_TOKEN and INFLUX_ORG name a server to ask instead. Buckets called contract_plant, contract_edge and contract_sink
are made anew there, and organizations, users and buckets of the recorded requests come and go.

Exit status: 0 nothing is wrong, 1 something is, 2 nothing was replayed.`

const listed = { wrong: 'wrong', other: 'other text', refused: 'refused' } as const satisfies Record<string, Verdict>

async function main(): Promise<number> {
  const { values, positionals: topics } = parseArgs({
    allowPositionals: true,
    allowNegative: true,
    options: {
      flux: { type: 'boolean' },
      http: { type: 'boolean' },
      engine: { type: 'string', default: 'store' },
      pushdown: { type: 'boolean', default: true },
      wrong: { type: 'boolean' },
      other: { type: 'boolean' },
      refused: { type: 'boolean' },
      verbose: { type: 'boolean' },
      tier: { type: 'string' },
      json: { type: 'boolean' },
      pin: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const folders = recordedAnswers()
  if (folders === null) {
    console.error('nothing was replayed: the recorded answers are not at hand; PLANTWATCH_SHARED names their folder')
    return 2
  }
  const { INFLUX_URL: url, INFLUX_TOKEN: token = '', INFLUX_ORG: org = '' } = process.env
  const both = values.flux === values.http
  const outcomes = await replayContract(folders, {
    flux: both || values.flux === true,
    http: both || values.http === true,
    topics,
    server: url ? { url, token, org } : null,
    memory: values.engine === 'memory' ? { pushdown: values.pushdown } : null,
  })
  const flux = outcomes.flux
  const http = outcomes.http.filter(({ tier }) => values.tier === undefined || tier === values.tier)
  if (flux.length + http.length === 0) {
    console.error(`nothing was replayed: there is no topic ${topics.join(', ')}`)
    return 2
  }
  if (values.json)
    console.log(JSON.stringify({ flux, http, counts: { flux: countsOf(flux), http: countsOf(http) } }, null, 1))
  else {
    for (const outcome of [...flux, ...http])
      if (
        values.verbose ||
        Object.entries(listed).some(
          ([flag, verdict]) => values[flag as keyof typeof listed] && outcome.verdict === verdict,
        )
      )
        console.log(inWords(outcome))
    console.log(tablesOf(flux, http))
  }
  if (values.pin) await writeFloors(raisedFloors(await readFloors(), outcomes))
  return [...flux, ...http].some(({ verdict }) => verdict === 'wrong') ? 1 : 0
}

const inWords = ({ topic, name, asked, verdict, reason }: Outcome): string =>
  `${verdict}: ${topic}: ${name}\n${asked}${reason === '' ? '' : `\n   ${reason}`}\n`

/** The tables of a run, for people. */
function tablesOf(flux: readonly Outcome[], http: readonly HttpOutcome[]): string {
  const tables: string[] = []
  if (flux.length > 0) tables.push(tableOf(flux, ['Flux', 'cases']))
  if (http.length > 0) {
    tables.push(tableOf(http, ['HTTP', 'steps'], ({ topic, tier }) => `${topic} (${tier})`))
    tables.push(tableOf(http, ['HTTP by tier', 'steps'], ({ tier }) => tier))
  }
  return tables.join('\n\n')
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(`nothing was replayed: ${error instanceof Error ? error.message : String(error)}`)
  return 2
})
