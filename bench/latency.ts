/**
 * `npm run bench:latency`: how long an acknowledgement takes when an ingestor with its database dead is loaded to 80 % of what it
 * can take. What it can take is measured before and after each round, by a sender that waits for its answers; in the round requests
 * come at a steady pace, whether or not the ones before are answered. A round in which the machine became slower or faster, so that
 * it was loaded otherwise by more than a twentieth, is done again. One core for the server, one for the sender. Linux, with wrk and taskset. `-- --json` prints
 * one object.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeTemporaryFolder, removeFolder } from '../test/support/temporary-folder.ts'
import { plantLines, writeBodies } from './ingestor/bodies.ts'
import { has, startOurs } from './ingestor/contenders.ts'
import { clientCore, runLoad } from './ingestor/load.ts'
import { runSteadyLoad } from './ingestor/steady-load.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    sizes: { type: 'string', default: '1,50,500,5000' },
    share: { type: 'string', default: '0.8' },
  },
})
for (const program of ['wrk', 'taskset'])
  if (!has(program)) {
    console.error(`skipped: there is no ${program} here (Debian: apt-get install wrk util-linux)`)
    process.exit(0)
  }
spawnSync('taskset', ['-p', '-c', clientCore, String(process.pid)])

const medianOf = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!
const hundredths = (ms: number): number => Number(ms.toFixed(2))

const folder = await makeTemporaryFolder()
const sizes = values.sizes.split(',').map(Number)
const seconds = Number(values.seconds)
const share = Number(values.share)
const shareTolerance = 0.05
const triesPerRound = 3
const results = []
try {
  const source = plantLines(BigInt(Date.now() - 3_600_000) * 1_000_000n)
  const bodies = await writeBodies(join(folder, 'bodies'), source, sizes)
  for (const lines of sizes) {
    const ours = await startOurs(join(folder, `ingestor-${lines}`))
    try {
      const { url, token } = ours
      const load = { url, token, bodies: bodies(lines), connections: 32 }
      // The first warms up.
      await runLoad({ ...load, lines, gzip: false, seconds })
      const capacity = async (): Promise<number> => {
        const full = await runLoad({ ...load, lines, gzip: false, seconds })
        return full.requests / full.seconds
      }
      const steadyRounds: {
        readonly rate: number
        readonly p50: number
        readonly p99: number
        readonly max: number
      }[] = []
      let before = await capacity()
      let tries = 0
      while (steadyRounds.length < Number(values.rounds) && tries++ < triesPerRound * Number(values.rounds)) {
        const rate = share * before
        const steady = await runSteadyLoad({ ...load, requestsPerSecond: rate, seconds, connections: 256 })
        if (steady.refused > 0) throw new Error(`${steady.refused} of ${steady.requests} requests were refused`)
        const at = (quantile: number): number => steady.latenciesMs[Math.ceil(quantile * steady.requests) - 1]!
        const after = await capacity()
        const loaded = rate / ((before + after) / 2)
        before = after
        if (Math.abs(loaded - share) <= shareTolerance)
          steadyRounds.push({ rate, p50: at(0.5), p99: at(0.99), max: at(1) })
      }
      if (steadyRounds.length === 0)
        throw new Error('the machine was too restless: not one round was loaded as it should be')
      const p99s = steadyRounds.map(({ p99 }) => p99)
      results.push({
        linesPerRequest: lines,
        requestsPerSecond: Math.round(medianOf(steadyRounds.map(({ rate }) => rate))),
        rounds: steadyRounds.length,
        roundsDoneAgain: tries - steadyRounds.length,
        p50Ms: hundredths(medianOf(steadyRounds.map(({ p50 }) => p50))),
        p99Ms: hundredths(medianOf(p99s)),
        p99LowestMs: hundredths(Math.min(...p99s)),
        p99HighestMs: hundredths(Math.max(...p99s)),
        maxMs: hundredths(Math.max(...steadyRounds.map(({ max }) => max))),
      })
    } finally {
      await ours.end()
    }
  }
  if (values.json) console.log(JSON.stringify({ share, results }))
  else console.table(results)
} finally {
  await removeFolder(folder)
}
