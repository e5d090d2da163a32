import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { peakMemoryMb, resetPeakMemory } from '../ingestor/contenders.ts'
import type { Attack, Attacked } from './attacks.ts'
import { post, type Target } from './post.ts'

export interface Measured extends Attacked {
  readonly attack: string
  readonly seconds: number
  readonly cpuSecondsEach: number
  /** Growth of resident memory at its peak. */
  readonly rssMb: number
  /** Of another sender. */
  readonly p99BeforeMs: number
  readonly p99DuringMs: number
  readonly neighbourRefused: number
  /** What is over its bar, in words; empty: all held. */
  readonly over: readonly string[]
}

/** Attacks an ingestor that runs as a process of its own, with a well-behaved sender beside it (Linux). */
export async function measure(
  target: Target & { readonly pid: number },
  attack: Attack,
  { calmMs = 3_000, warmUpRequests = 200 } = {},
): Promise<Measured> {
  const neighbour = await startNeighbour(target)
  try {
    await warmUp(target, warmUpRequests)
    await sleep(300)
    await neighbour.cut()
    await sleep(calmMs)
    const before = await neighbour.cut()
    resetPeakMemory(target.pid)
    const rssBeforeMb = residentMb(target.pid)
    const cpuBefore = cpuSeconds(target.pid)
    const startedMs = performance.now()
    const attacked = await attack.run(target)
    const seconds = (performance.now() - startedMs) / 1_000
    const cpuSecondsEach = (cpuSeconds(target.pid) - cpuBefore) / attacked.requests
    const during = await neighbour.cut()
    const rssMb = peakMemoryMb(target.pid) - rssBeforeMb
    const figures = {
      seconds,
      cpuSecondsEach,
      rssMb,
      p99BeforeMs: p99(before.latenciesMs),
      p99DuringMs: p99(during.latenciesMs),
      neighbourRefused: during.refused,
    }
    return { attack: attack.name, ...attacked, ...figures, over: overBars(attack, attacked, figures) }
  } finally {
    neighbour.end()
  }
}

/** Ordinary work first, since what a heap grows to in its first seconds is no attack's doing. */
async function warmUp(target: Target, requests: number): Promise<void> {
  const body = Array.from(
    { length: 5_000 },
    (_, i) => `warm,machine=M${i % 40},sensor=s${i % 25} v=${i}.5 17000000${String(i).padStart(4, '0')}`,
  ).join('\n')
  const zipped = gzipSync(body)
  for (let i = 0; i < requests; i += 4)
    await Promise.all([
      post(target, body, {}, 'ms'),
      post(target, zipped, { 'Content-Encoding': 'gzip' }, 'ms'),
      post(target, `${body}\nbad`, {}, 'ms'),
      post(target, body, {}, 'ms'),
    ])
}

function overBars(
  { bars, expected }: Attack,
  { answers, closedAfterSeconds }: Attacked,
  figures: Pick<Measured, 'cpuSecondsEach' | 'rssMb' | 'p99BeforeMs' | 'p99DuringMs' | 'neighbourRefused'>,
): string[] {
  const over: string[] = []
  for (const answer of Object.keys(answers))
    if (!expected.test(answer)) over.push(`${answers[answer]} answered ${answer}`)
  if (figures.rssMb > bars.rssMb) over.push(`${figures.rssMb.toFixed(0)} MB, allowed ${bars.rssMb}`)
  if (bars.cpuSecondsEach !== undefined && figures.cpuSecondsEach > bars.cpuSecondsEach)
    over.push(`${figures.cpuSecondsEach.toFixed(3)} s of CPU each, allowed ${bars.cpuSecondsEach}`)
  if (bars.p99Ratio !== undefined && figures.p99DuringMs > bars.p99Ratio * figures.p99BeforeMs)
    over.push(`p99 of another sender ${figures.p99DuringMs.toFixed(1)} ms, before ${figures.p99BeforeMs.toFixed(1)}`)
  if (bars.closedWithinSeconds !== undefined && closedAfterSeconds! > bars.closedWithinSeconds)
    over.push(`closed after ${closedAfterSeconds!.toFixed(1)} s, allowed ${bars.closedWithinSeconds}`)
  if (figures.neighbourRefused > 0) over.push(`${figures.neighbourRefused} requests of another sender failed`)
  return over
}

interface Latencies {
  readonly latenciesMs: readonly number[]
  readonly refused: number
}

async function startNeighbour({ url, token }: Target): Promise<{ cut(): Promise<Latencies>; end(): void }> {
  const program = fileURLToPath(new URL('neighbour.ts', import.meta.url))
  const child: ChildProcess = fork(program, [url, token], { execArgv: ['--import', 'tsx'] })
  const cut = (): Promise<Latencies> =>
    new Promise((resolve, reject) => {
      child.once('message', (message) => resolve(message as Latencies))
      child.once('exit', () => reject(new Error('the other sender has ended')))
      child.send('cut')
    })
  while ((await cut()).latenciesMs.length === 0) await sleep(100)
  return { cut, end: () => child.disconnect() }
}

/** The same attack, run by a process of its own; it can be run once. */
export async function startAttacker(attack: Attack, connections: number, { url, token }: Target): Promise<Attack> {
  const program = fileURLToPath(new URL('attacker.ts', import.meta.url))
  const child = fork(program, [attack.name, String(connections), url, token], { execArgv: ['--import', 'tsx'] })
  const said = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      child.once('message', resolve)
      child.once('exit', () => reject(new Error('the attacker has ended')))
    })
  await said()
  return {
    ...attack,
    async run() {
      const saying = said()
      child.send('go')
      const { attacked, error } = (await saying) as { readonly attacked?: Attacked; readonly error?: string }
      child.disconnect()
      if (attacked === undefined) throw new Error(error)
      return attacked
    },
  }
}

const p99 = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? Number.NaN
}

const residentMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024

/** User and system time of a process, in ticks of a hundredth. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}
