/**
 * `npm run bench:latency`: how long an acknowledgement takes when an ingestor with its database dead is loaded to 80 % of what it
 * can take. What it can take is measured first, by a sender that waits for its answers (the median of so many rounds); then requests
 * come at a steady pace, whether or not the ones before are answered. One core for the server, one for the sender. Linux, with wrk and taskset. `-- --json` prints
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
      const rounds = Array.from({ length: Number(values.rounds) }, (_, i) => i + 1)
      const capacities: number[] = []
      for (const _ of rounds) {
        const full = await runLoad({ ...load, lines, gzip: false, seconds })
        capacities.push(full.requests / full.seconds)
      }
      const requestsPerSecond = Number(values.share) * medianOf(capacities)
      const steadyRounds: { readonly p50: number; readonly p99: number; readonly max: number }[] = []
      for (const _ of rounds) {
        const steady = await runSteadyLoad({ ...load, requestsPerSecond, seconds, connections: 256 })
        if (steady.refused > 0) throw new Error(`${steady.refused} of ${steady.requests} requests were refused`)
        const at = (share: number): number => steady.latenciesMs[Math.ceil(share * steady.requests) - 1]!
        steadyRounds.push({ p50: at(0.5), p99: at(0.99), max: at(1) })
      }
      const p99s = steadyRounds.map(({ p99 }) => p99)
      results.push({
        linesPerRequest: lines,
        requestsPerSecond: Math.round(requestsPerSecond),
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
  if (values.json) console.log(JSON.stringify({ share: Number(values.share), results }))
  else console.table(results)
} finally {
  await removeFolder(folder)
}
