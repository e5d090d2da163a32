/**
 * `npm run bench:latency`: how long an acknowledgement takes when an ingestor with its database dead is loaded to 80 % of what it
 * can take. What it can take is measured first, by a sender that waits for its answers; then requests come at a steady pace, whether
 * or not the ones before are answered. One core for the server, one for the sender. Linux, with wrk and taskset. `-- --json` prints
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
      for (let round = 1; round <= Number(values.rounds); round++) {
        const full = await runLoad({ ...load, lines, gzip: false, seconds })
        const requestsPerSecond = Number(values.share) * (full.requests / full.seconds)
        const steady = await runSteadyLoad({ ...load, requestsPerSecond, seconds, connections: 256 })
        if (steady.refused > 0) throw new Error(`${steady.refused} of ${steady.requests} requests were refused`)
        const at = (share: number): number =>
          Number(steady.latenciesMs[Math.ceil(share * steady.requests) - 1]!.toFixed(2))
        const row = { linesPerRequest: lines, round, requestsPerSecond: Math.round(requestsPerSecond) }
        results.push({ ...row, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) })
      }
    } finally {
      await ours.end()
    }
  }
  if (values.json) console.log(JSON.stringify({ share: Number(values.share), results }))
  else console.table(results)
} finally {
  await removeFolder(folder)
}
