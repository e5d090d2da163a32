import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runtimeEnvironment, runtimeFlags } from '../../ingestor/runtime-flags.ts'
import { freePorts } from '../../lib/http/free-port.ts'
import { serverCore } from './load.ts'

/** A server under load, held still unless it is its turn. */
export interface Contender {
  readonly name: string
  readonly url: string
  readonly token: string
  readonly pid: number
  end(): Promise<void>
}

const launcher = fileURLToPath(new URL('../../bin/plantwatch.js', import.meta.url))
const nobody = 'http://127.0.0.1:9'

/** Whether a program is on the path. */
export const has = (program: string): boolean => spawnSync('which', [program]).status === 0

const onOneCore = (words: readonly string[], environment: NodeJS.ProcessEnv, folder: string): ChildProcess =>
  spawn('taskset', ['-c', serverCore, ...words], {
    env: environment,
    cwd: folder,
    stdio: ['ignore', 'pipe', process.env['BENCH_VERBOSE'] === undefined ? 'ignore' : 'inherit'],
  })

async function contender(name: string, child: ChildProcess, url: string, token: string): Promise<Contender> {
  const until = performance.now() + 30_000
  while (performance.now() < until) {
    const answer = await fetch(new URL('/health', url)).catch(() => null)
    if (answer !== null) {
      child.stdout?.resume()
      return { name, url, token, pid: child.pid!, end: () => endOf(child) }
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await endOf(child)
  throw new Error(`${name} did not start`)
}

const endOf = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGCONT')
  child.kill('SIGKILL')
  await gone
}

const write = (base: string): string => `${base}/api/v2/write?org=bench&bucket=plant_raw`

/** Our ingestor with everything on and its database dead; at the quota its oldest data goes, as with vmagent. */
export async function startOurs(folder: string): Promise<Contender> {
  const dataDir = join(folder, 'plantwatch')
  await mkdir(dataDir, { recursive: true })
  const [port] = (await freePorts(1)) as [number]
  const words = ['ingestor', '--json', '--port', String(port), '--data', dataDir]
  const limits = ['--log-quota-mb', '1024', '--log-drop-oldest']
  const environment = {
    ...runtimeEnvironment,
    ...process.env,
    INFLUX_URL: nobody,
    INFLUX_TOKEN: 'none',
    INFLUX_ORG: 'bench',
    PLANTWATCH_TOKEN: 'bench-operator-token',
  }
  // As `up` starts its ingestor.
  const child = onOneCore([process.execPath, ...runtimeFlags(), launcher, ...words, ...limits], environment, folder)
  return contender('plantwatch', child, write(`http://127.0.0.1:${port}`), 'bench-operator-token')
}

/** vmagent with its database dead and a queue of 1 GB. */
export async function startVmagent(folder: string): Promise<Contender> {
  const queue = join(folder, 'vmagent')
  await mkdir(queue, { recursive: true })
  const [port] = (await freePorts(1)) as [number]
  const words = [
    'vmagent',
    `-remoteWrite.url=${nobody}/api/v1/write`,
    `-remoteWrite.tmpDataPath=${queue}`,
    '-remoteWrite.maxDiskUsagePerURL=1GB',
    `-httpListenAddr=127.0.0.1:${port}`,
  ]
  const child = onOneCore(words, process.env, folder)
  return contender('vmagent', child, write(`http://127.0.0.1:${port}`), 'none')
}

/** An InfluxDB 2 at its defaults. @param program the path of influxd */
export async function startInfluxdb(folder: string, program: string): Promise<Contender> {
  const home = join(folder, 'influxdb')
  await mkdir(home, { recursive: true })
  const [port] = (await freePorts(1)) as [number]
  const words = [
    program,
    '--bolt-path',
    join(home, 'bolt'),
    '--engine-path',
    join(home, 'engine'),
    '--sqlite-path',
    join(home, 'sqlite'),
    '--http-bind-address',
    `127.0.0.1:${port}`,
    '--reporting-disabled',
  ]
  const child = onOneCore(words, process.env, folder)
  const base = `http://127.0.0.1:${port}`
  const started = await contender('influxdb', child, write(base), 'bench-influxdb-token')
  await fetch(`${base}/api/v2/setup`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      username: 'bench',
      password: 'bench-password',
      org: 'bench',
      bucket: 'plant_raw',
      token: started.token,
    }),
  })
  return started
}

/** Peak resident memory of a process since it was last asked, MB. */
export function peakMemoryMb(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
}
export function resetPeakMemory(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}
