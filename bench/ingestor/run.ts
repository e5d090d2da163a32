/**
 * `npm run bench:ingestor`: how fast the ingestor acknowledges, against vmagent with its database dead, and InfluxDB where INFLUXD
 * names its program. One core for the server, one for the sender, 32 connections; the servers of a round live side by side and are
 * held still but for the one whose turn it is, in an order that is turned round each time. Medians of the rounds; a ratio is
 * that of one round. Linux, with wrk and taskset; vmagent is in Debian's victoria-metrics.
 */
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { makeTemporaryFolder, removeFolder } from '../../test/support/temporary-folder.ts'
import { plantLines, writeBodies } from './bodies.ts'
import {
  type Contender,
  has,
  peakMemoryMb,
  resetPeakMemory,
  startInfluxdb,
  startOurs,
  startVmagent,
} from './contenders.ts'
import { runLoad } from './load.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    sizes: { type: 'string', default: '1,50,500,5000' },
    'gzip-sizes': { type: 'string', default: '50,500,5000' },
    connections: { type: 'string', default: '32' },
  },
})
const say = (line: string): void => console.error(line)
const numbers = (text: string): number[] => text.split(',').filter(Boolean).map(Number)

interface Measured {
  readonly linesPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly rssMb: number
}

const median = (numbersOf: readonly number[]): number => {
  const sorted = [...numbersOf].sort((a, b) => a - b)
  return sorted.length === 0 ? Number.NaN : sorted[Math.floor((sorted.length - 1) / 2)]!
}
const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits))

const influxd = process.env['INFLUXD']
for (const program of ['wrk', 'taskset'])
  if (!has(program)) {
    say(`skipped: there is no ${program} here (Debian: apt-get install wrk util-linux)`)
    process.exit(0)
  }
if (!has('vmagent')) say('vmagent is not here, so it is not measured (Debian: apt-get install victoria-metrics)')
if (influxd === undefined) say('INFLUXD names no influxd, so InfluxDB is not measured')

const folder = await makeTemporaryFolder()
const points = [
  ...numbers(values.sizes).map((lines) => ({ lines, gzip: false })),
  ...numbers(values['gzip-sizes']).map((lines) => ({ lines, gzip: true })),
]
const measured = new Map<string, Measured[]>()
const resultsOf = (name: string, { lines, gzip }: { lines: number; gzip: boolean }): Measured[] => {
  const key = `${name} ${lines} ${gzip}`
  let results = measured.get(key)
  if (results === undefined) measured.set(key, (results = []))
  return results
}

try {
  const sizes = [...new Set(points.map(({ lines }) => lines))]
  const bodies = await writeBodies(folder, plantLines(BigInt(Date.now() - 3_600_000) * 1_000_000n), sizes)
  const rounds = Number(values.rounds)
  for (let round = 1; round <= rounds; round++) {
    const contenders: Contender[] = []
    try {
      contenders.push(await startOurs(folder))
      process.kill(contenders[0]!.pid, 'SIGSTOP')
      if (has('vmagent')) contenders.push(await startVmagent(folder))
      if (contenders[1] !== undefined) process.kill(contenders[1].pid, 'SIGSTOP')
      if (influxd !== undefined) {
        contenders.push(await startInfluxdb(folder, influxd))
        process.kill(contenders.at(-1)!.pid, 'SIGSTOP')
      }
      for (const point of points)
        for (const contender of round % 2 === 1 ? contenders : [...contenders].reverse())
          await measure(contender, point, round)
    } finally {
      for (const contender of contenders) await contender.end()
    }
  }

  async function measure(contender: Contender, point: { lines: number; gzip: boolean }, round: number): Promise<void> {
    const { pid, url, token, name } = contender
    process.kill(pid, 'SIGCONT')
    await sleep(200)
    resetPeakMemory(pid)
    const load = { url, token, bodies: bodies(point.lines), ...point, connections: Number(values.connections) }
    const result = await runLoad({ ...load, seconds: Number(values.seconds) })
    const rssMb = peakMemoryMb(pid)
    await sleep(100)
    process.kill(pid, 'SIGSTOP')
    if (result.refused + result.broken > 0)
      throw new Error(`${name} refused ${result.refused} and broke ${result.broken} of ${result.requests} requests`)
    const linesPerSecond = (result.requests * point.lines) / result.seconds
    resultsOf(name, point).push({ linesPerSecond, p50Ms: result.p50Ms, p99Ms: result.p99Ms, rssMb })
    const what = `${point.lines} lines${point.gzip ? ', gzip' : ''}`
    say(`round ${round}, ${what}: ${name} ${Math.round(linesPerSecond)} lines/s, p99 ${result.p99Ms} ms`)
  }

  const ratioTo = (other: string, point: { lines: number; gzip: boolean }): number | null => {
    const theirs = resultsOf(other, point)
    if (theirs.length === 0) return null
    const ratios = resultsOf('plantwatch', point).map((one, i) => one.linesPerSecond / theirs[i]!.linesPerSecond)
    return rounded(median(ratios))
  }
  const results = points.map((point) => {
    const ours = resultsOf('plantwatch', point)
    const of = (read: (one: Measured) => number): number => median(ours.map(read))
    return {
      linesPerRequest: point.lines,
      gzip: point.gzip,
      linesPerSecond: Math.round(of((one) => one.linesPerSecond)),
      p50Ms: rounded(of((one) => one.p50Ms)),
      p99Ms: rounded(of((one) => one.p99Ms)),
      rssMb: Math.round(of((one) => one.rssMb)),
      ratioToVmagent: ratioTo('vmagent', point),
      ratioToInfluxdb: ratioTo('influxdb', point),
    }
  })
  const machine = {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    node: process.version,
    kernel: readFileSync('/proc/version', 'utf8').split(' ')[2],
    rounds,
  }
  if (values.json) console.log(JSON.stringify({ machine, results }))
  else {
    console.log(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${rounds} rounds`)
    console.table(results)
  }
} finally {
  await removeFolder(folder)
}
