/**
 * `npm run bench:context`: what the join with the context costs an ingestor, with 10,000 machines and 100,000 intervals. Two
 * ingestors with their database dead, one knows the intervals and one knows none, take the same lines in turn; the ratio is that
 * of one round. One core for the server, one for the sender. Linux, with wrk and taskset. `-- --json` prints one object.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { makeTemporaryFolder, removeFolder } from '../test/support/temporary-folder.ts'
import { bareLines, writeBodies } from './ingestor/bodies.ts'
import { type Contender, has, startOurs } from './ingestor/contenders.ts'
import { runLoad } from './ingestor/load.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    sizes: { type: 'string', default: '50,500,5000' },
  },
})
const machines = 10_000
const intervalsEach = 10
const minute = 60_000

for (const program of ['wrk', 'taskset'])
  if (!has(program)) {
    console.error(`skipped: there is no ${program} here (Debian: apt-get install wrk util-linux)`)
    process.exit(0)
  }

/** Lots of six minutes, one after the other, over the hour that the lines fall into. */
async function post(to: Contender, firstMs: number): Promise<void> {
  const batch = 500
  for (let first = 0; first < machines; first += batch) {
    const intervals = Array.from({ length: batch * intervalsEach }, (_, i) => {
      const machine = first + Math.floor(i / intervalsEach)
      const fromMs = firstMs + (i % intervalsEach) * 6 * minute
      return {
        machine: `M${String(machine).padStart(5, '0')}`,
        lot: `LOT-${machine}-${i % intervalsEach}`,
        product: `P-${machine % 50}`,
        operator: `op-${machine % 200}`,
        from: new Date(fromMs).toISOString(),
        to: new Date(fromMs + 6 * minute).toISOString(),
      }
    })
    const response = await fetch(new URL('/api/v1/context/intervals', to.url), {
      method: 'POST',
      headers: { Authorization: `Token ${to.token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ intervals }),
    })
    if (!response.ok) throw new Error(`context: ${response.status} ${await response.text()}`)
  }
}

const folder = await makeTemporaryFolder()
const ends: Contender[] = []
try {
  const sizes = values.sizes.split(',').map(Number)
  const firstMs = Date.now() - 60 * minute
  const bodies = await writeBodies(join(folder, 'bodies'), bareLines(BigInt(firstMs) * 1_000_000n, machines), sizes)
  const without = await startOurs(join(folder, 'without'))
  ends.push(without)
  const joined = await startOurs(join(folder, 'with'))
  ends.push(joined)
  await post(joined, firstMs)
  for (const one of ends) process.kill(one.pid, 'SIGSTOP')
  const perSecond = async (one: Contender, lines: number): Promise<number> => {
    process.kill(one.pid, 'SIGCONT')
    await sleep(200)
    const load = { url: one.url, token: one.token, bodies: bodies(lines), lines, gzip: false, connections: 32 }
    const result = await runLoad({ ...load, seconds: Number(values.seconds) })
    process.kill(one.pid, 'SIGSTOP')
    if (result.refused + result.broken > 0) throw new Error(`${result.refused} refused, ${result.broken} broken`)
    return (result.requests * lines) / result.seconds
  }
  const results = []
  for (const lines of sizes) {
    const ratios: number[] = []
    // The first round warms up.
    for (let round = 0; round <= Number(values.rounds); round++) {
      const order = round % 2 === 0 ? [without, joined] : [joined, without]
      const measured = new Map<Contender, number>()
      for (const one of order) measured.set(one, await perSecond(one, lines))
      if (round > 0) ratios.push(measured.get(joined)! / measured.get(without)!)
    }
    ratios.sort((a, b) => a - b)
    results.push({
      linesPerRequest: lines,
      throughputWithContext: Number(ratios[Math.floor(ratios.length / 2)]!.toFixed(3)),
      lowest: Number(ratios[0]!.toFixed(3)),
      highest: Number(ratios.at(-1)!.toFixed(3)),
    })
  }
  if (values.json) console.log(JSON.stringify({ machines, intervals: machines * intervalsEach, results }))
  else console.table(results)
} finally {
  for (const one of ends) await one.end()
  await removeFolder(folder)
}
