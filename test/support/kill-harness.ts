import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive } from '../../lib/process/identity.ts'
import { familyOf, roleOf } from './processes.ts'
import { type StackSettings, type StartedStack, startStack } from './stack.ts'

export interface KillSoakOptions {
  readonly kills: number
  readonly seed: number
  readonly settings?: Omit<StackSettings, 'dataDir'>
  readonly dataDir: string
  readonly log?: (line: string) => void
}

export interface KillSoakResult {
  /** How often each kind was killed: a service, `up` alone, or `all` at once. */
  readonly kills: Readonly<Record<string, number>>
  /** Points of which a 204 came back. */
  readonly acknowledged: number
  /** Points in the store afterwards. */
  readonly stored: number
  /** Acknowledged, but not there, or with another value. */
  readonly missing: readonly number[]
  /** Processes that were still there 5 s after their parent was killed. */
  readonly survivors: readonly string[]
  /** From a kill of `up` to the next stack being ready, ms. */
  readonly restartMs: readonly number[]
}

const linesPerBatch = 50

/**
 * Writes without a pause while processes are killed by chance, each point with a number as time and value, then counts.
 * A batch that was not acknowledged is sent again until it is, like a device would: points are told apart by their time,
 * so what was stored without an acknowledgement is there once all the same.
 */
export async function killSoak(options: KillSoakOptions): Promise<KillSoakResult> {
  const { kills, dataDir, settings, log = () => {} } = options
  const random = randomFrom(options.seed)
  let stack = await startStack({ ...settings, dataDir })
  const writer = new Writer(() => stack)
  const counts: Record<string, number> = {}
  const survivors: string[] = []
  const restartMs: number[] = []
  try {
    for (let kill = 0; kill < kills; kill++) {
      const before = writer.acknowledged
      await writer.until(before + linesPerBatch * (1 + Math.floor(random() * 20)))
      await sleep(random() * 60)
      const family = stack.processes()
      const services = family.filter(({ pid }) => pid !== stack.pid)
      const choice = Math.floor(random() * (services.length + 2))
      const victim = services[choice]
      const kind = victim === undefined ? (choice === services.length ? 'up' : 'all') : roleOf(victim)
      counts[kind] = (counts[kind] ?? 0) + 1
      log(`kill ${kill + 1}: ${kind}, ${writer.acknowledged} points acknowledged`)
      if (victim !== undefined) {
        process.kill(victim.pid, 'SIGKILL')
        continue
      }
      for (const { pid } of kind === 'all' ? [...family].reverse() : family.filter(({ pid }) => pid === stack.pid))
        killHard(pid)
      const untilMs = performance.now() + 5_000
      while (family.some(({ pid }) => isRunning(pid)) && performance.now() < untilMs) await sleep(20)
      survivors.push(...family.filter(({ pid }) => isRunning(pid)).map(roleOf))
      const startedMs = performance.now()
      stack = await startStack({ ...settings, dataDir })
      restartMs.push(Math.round(performance.now() - startedMs))
    }
    await writer.until(writer.acknowledged + linesPerBatch)
    await writer.end()
    await stack.settled()
    const stored = await storedPoints(stack)
    const missing: number[] = []
    for (let number = 0; number < writer.acknowledged; number++) if (stored.get(number) !== number) missing.push(number)
    return { kills: counts, acknowledged: writer.acknowledged, stored: stored.size, missing, survivors, restartMs }
  } finally {
    await writer.end()
    await stack.end('SIGKILL')
  }
}

/** Sends batch after batch; the next begins where the last acknowledged one ended. */
class Writer {
  acknowledged = 0
  #ending = false
  #failure: unknown = null
  readonly #done: Promise<void>

  constructor(readonly stack: () => StartedStack) {
    this.#done = this.#run().catch((error: unknown) => {
      this.#failure = error
    })
  }

  async until(count: number): Promise<void> {
    const giveUpMs = performance.now() + 60_000
    while (this.acknowledged < count) {
      if (this.#failure !== null) throw this.#failure
      if (performance.now() > giveUpMs)
        throw new Error(`no write was acknowledged for a minute; the stack says:\n${this.stack().output()}`)
      await sleep(2)
    }
  }

  end(): Promise<void> {
    this.#ending = true
    return this.#done
  }

  async #run(): Promise<void> {
    while (!this.#ending) {
      const lines = Array.from({ length: linesPerBatch }, (_, at) => {
        const number = this.acknowledged + at
        return `soak,writer=w${number % 7} value=${number}i ${number}`
      })
      if (await this.#send(lines.join('\n'))) this.acknowledged += linesPerBatch
      else await sleep(25)
    }
  }

  async #send(body: string): Promise<boolean> {
    const { gatewayUrl, token } = this.stack()
    try {
      const response = await fetch(`${gatewayUrl}/api/v2/write?org=plantwatch&bucket=plant_raw&precision=ms`, {
        method: 'POST',
        body,
        headers: { Authorization: `Token ${token}` },
        signal: AbortSignal.timeout(20_000),
      })
      const text = await response.text()
      if (response.status === 204) return true
      if (response.status < 500) throw new Refused(`${response.status} ${text}`)
      return false
    } catch (error) {
      if (error instanceof Refused) throw error
      return false // it is down, or was killed while it answered
    }
  }
}

class Refused extends Error {}

async function storedPoints(stack: StartedStack): Promise<Map<number, number>> {
  const response = await fetch(`${stack.gatewayUrl}/api/v2/query?org=plantwatch`, {
    method: 'POST',
    headers: { Authorization: `Token ${stack.token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      query:
        'from(bucket: "plant_raw") |> range(start: 1970-01-01T00:00:00Z, stop: 2000-01-01T00:00:00Z) |> filter(fn: (r) => r._measurement == "soak") |> keep(columns: ["_time", "_value"])',
      dialect: { header: true, annotations: [] },
    }),
  })
  const text = await response.text()
  if (response.status !== 200) throw new Error(text)
  const points = new Map<number, number>()
  for (const line of text.split('\r\n')) {
    const cells = line.split(',')
    const time = Date.parse(cells[3] ?? '')
    if (Number.isNaN(time)) continue
    if (points.has(time)) throw new Error(`the point ${time} is there twice`)
    points.set(time, Number(cells[4]))
  }
  return points
}

const isRunning = (pid: number): boolean => isAlive(pid) && familyOf(pid).some((one) => one.pid === pid)

function killHard(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {} // it followed its parent already
}

/** Repeatable chance in [0, 1) (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
