/**
 * `npm run bench:latency`: how long an acknowledgement takes when an ingestor with its database dead is loaded to 80 % of what it
 * can take, and beside it vmagent, where it is installed, loaded to 80 % of what that can take (it acknowledges from memory): what
 * both show alike is the machine's. What a server can take is measured before and after each round, by a sender that waits for its
 * answers; in the round requests come at a steady pace, whether or not the ones before are answered. A round in which the machine
 * became slower or faster, so that the server was loaded otherwise by more than a twentieth, is done again. One core for the server,
 * one for the sender. Linux, with wrk and taskset. `-- --json` prints one object.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { makeTemporaryFolder, removeFolder } from '../test/support/temporary-folder.ts'
import { plantLines, writeBodies } from './ingestor/bodies.ts'
import { type Contender, has, startOurs, startVmagent } from './ingestor/contenders.ts'
import { clientCore, runLoad } from './ingestor/load.ts'
import { runSteadyLoad } from './ingestor/steady-load.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '5' },
    sizes: { type: 'string', default: '1,50,500,5000' },
    share: { type: 'string', default: '0.8' },
  },
})
for (const program of ['wrk', 'taskset'])
  if (!has(program)) {
    console.error(`skipped: there is no ${program} here (Debian: apt-get install wrk util-linux)`)
    process.exit(0)
  }
// All threads: what collects this process's garbage must not do so on the server's core.
spawnSync('taskset', ['-a', '-p', '-c', clientCore, String(process.pid)])

interface Round {
  readonly rate: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

const medianOf = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!
const hundredths = (ms: number): number => Number(ms.toFixed(2))

const folder = await makeTemporaryFolder()
const sizes = values.sizes.split(',').map(Number)
const seconds = Number(values.seconds)
const rounds = Number(values.rounds)
const share = Number(values.share)
const shareTolerance = 0.05
const triesPerRound = 3

/** A server, what a load of it is, and what was measured so far. */
class Loaded {
  readonly rounds: Round[] = []
  tries = 0
  #capacity = 0

  constructor(
    readonly server: Contender,
    readonly lines: number,
    readonly bodies: string,
  ) {}

  get isDone(): boolean {
    return this.rounds.length === rounds || this.tries === triesPerRound * rounds
  }

  async warmUp(): Promise<void> {
    await this.#measureCapacity()
  }

  async round(): Promise<void> {
    const before = (await this.#measureCapacity()) * share
    this.tries++
    const { url, token } = this.server
    const load = { url, token, bodies: this.bodies, requestsPerSecond: before, seconds, connections: 256 }
    const steady = await runSteadyLoad(load)
    if (steady.refused > 0)
      throw new Error(`${this.server.name} refused ${steady.refused} of ${steady.requests} requests`)
    const loaded = (before * 2) / (this.#capacity + (await this.#measureCapacity()))
    const at = (quantile: number): number => steady.latenciesMs[Math.ceil(quantile * steady.requests) - 1]!
    if (Math.abs(loaded - share) <= shareTolerance)
      this.rounds.push({ rate: before, p50: at(0.5), p99: at(0.99), max: at(1) })
  }

  result(): Readonly<Record<string, number | string>> {
    if (this.rounds.length === 0)
      throw new Error('the machine was too restless: not one round was loaded as it should be')
    const p99s = this.rounds.map(({ p99 }) => p99)
    return {
      server: this.server.name,
      linesPerRequest: this.lines,
      requestsPerSecond: Math.round(medianOf(this.rounds.map(({ rate }) => rate))),
      rounds: this.rounds.length,
      roundsDoneAgain: this.tries - this.rounds.length,
      p50Ms: hundredths(medianOf(this.rounds.map(({ p50 }) => p50))),
      p99Ms: hundredths(medianOf(p99s)),
      p99LowestMs: hundredths(Math.min(...p99s)),
      p99HighestMs: hundredths(Math.max(...p99s)),
      maxMs: hundredths(Math.max(...this.rounds.map(({ max }) => max))),
    }
  }

  /** Requests a second. */
  async #measureCapacity(): Promise<number> {
    const { url, token } = this.server
    const load = { url, token, bodies: this.bodies, lines: this.lines, gzip: false, connections: 32 }
    const full = await runLoad({ ...load, seconds })
    this.#capacity = full.requests / full.seconds
    return this.#capacity
  }
}

const held = async (loaded: Loaded, work: () => Promise<void>): Promise<void> => {
  process.kill(loaded.server.pid, 'SIGCONT')
  await sleep(100)
  await work()
  await sleep(100)
  process.kill(loaded.server.pid, 'SIGSTOP')
}

const results = []
try {
  const source = plantLines(BigInt(Date.now() - 3_600_000) * 1_000_000n)
  const bodies = await writeBodies(join(folder, 'bodies'), source, sizes)
  for (const lines of sizes) {
    const servers: Contender[] = []
    try {
      for (const start of has('vmagent') ? [startOurs, startVmagent] : [startOurs])
        servers.push(await start(join(folder, `servers-${lines}`)))
      const all = servers.map((server) => new Loaded(server, lines, bodies(lines)))
      for (const one of all) process.kill(one.server.pid, 'SIGSTOP')
      for (const one of all) await held(one, () => one.warmUp())
      while (all.some(({ isDone }) => !isDone))
        for (const one of all) if (!one.isDone) await held(one, () => one.round())
      for (const one of all) results.push(one.result())
    } finally {
      for (const server of servers) await server.end()
    }
  }
  if (values.json) console.log(JSON.stringify({ share, results }))
  else console.table(results)
} finally {
  await removeFolder(folder)
}
