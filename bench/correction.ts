/**
 * `npm run bench:correction`: how long until 1,000,000 points of a lot have another lot, in an ingestor with an embedded store of
 * its own, both in processes of their own. `-- --points N` takes another number, `-- --json` prints one object.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { freePorts } from '../lib/http/free-port.ts'

const { values } = parseArgs({ options: { points: { type: 'string', default: '1000000' }, json: { type: 'boolean' } } })
const points = Number(values.points)
const token = 'bench'
const sensors = 20
const linesPerRequest = 10_000
const startSeconds = 1_700_000_000

const launcher = fileURLToPath(new URL('../bin/plantwatch.js', import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'plantwatch-bench-'))
const [storePort, ingestorPort] = (await freePorts(2)) as [number, number]
const storeUrl = `http://127.0.0.1:${storePort}`
const ingestorUrl = `http://127.0.0.1:${ingestorPort}`
const environment = {
  ...process.env,
  INFLUX_URL: storeUrl,
  INFLUX_TOKEN: token,
  INFLUX_ORG: 'plantwatch',
  INFLUX_BUCKET: 'plant_raw',
  PLANTWATCH_TOKEN: token,
}
const children: ChildProcess[] = []
const run = async (words: readonly string[], url: string): Promise<void> => {
  children.push(
    fork(launcher, [...words, '--data', folder], { env: environment, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }),
  )
  for (;;) {
    if ((await fetch(`${url}/health`).catch(() => null))?.ok) return
    await sleep(50)
  }
}
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const ask = async (url: string, method: string, body?: string, type = 'application/json'): Promise<string> => {
  const response = await fetch(url, {
    method,
    headers: { Authorization: `Token ${token}`, 'Content-Type': type, Accept: 'application/csv' },
    ...(body === undefined ? {} : { body }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`)
  return text
}
const context = `${ingestorUrl}/api/v1/context`
const waiting = async (): Promise<number> =>
  (JSON.parse(await ask(`${context}/audit?limit=1`, 'GET').then((text) => text)) as { waiting: number }).waiting
const lag = async (): Promise<number> =>
  Number(/delivery_lag_records (\d+)\n/.exec(await ask(`${ingestorUrl}/metrics`, 'GET'))![1])
const until = async (done: () => Promise<boolean>): Promise<void> => {
  while (!(await done())) await sleep(20)
}
const countOf = async (lot: string): Promise<number> => {
  const csv = await ask(
    `${storeUrl}/api/v2/query?org=plantwatch`,
    'POST',
    JSON.stringify({
      query: `from(bucket: "plant_raw") |> range(start: 2023-01-01T00:00:00Z, stop: 2024-01-01T00:00:00Z)
        |> filter(fn: (r) => r.lot == "${lot}") |> count() |> group() |> sum()`,
    }),
  )
  return Number(/,(\d+)\r\n/.exec(csv)?.[1] ?? 0)
}

try {
  await run(['store', '--port', String(storePort)], storeUrl)
  const { orgs } = JSON.parse(await ask(`${storeUrl}/api/v2/orgs`, 'GET')) as { orgs: { id: string }[] }
  for (const name of ['plant_derived', 'plant_quarantine'])
    await ask(`${storeUrl}/api/v2/buckets`, 'POST', JSON.stringify({ name, orgID: orgs[0]!.id, retentionRules: [] }))
  await run(['ingestor', '--port', String(ingestorPort)], ingestorUrl)
  const from = new Date(startSeconds * 1000).toISOString()
  const say = (lot: string): Promise<string> =>
    ask(
      `${context}/machines/press-1`,
      'PUT',
      JSON.stringify({ lot, product: 'bracket-40', operator: 'op-07', order: 'A-1', from }),
    )
  await say('17')
  await until(async () => (await waiting()) === 0)
  for (let at = 0; at < points; at += linesPerRequest) {
    const lines = Array.from({ length: Math.min(linesPerRequest, points - at) }, (_, i) => {
      const point = at + i
      return `temperature,line=line-1,machine=press-1,sensor=s${point % sensors},site=hillside value=${(point % 997) / 8} ${startSeconds + Math.floor(point / sensors)}`
    })
    await ask(
      `${ingestorUrl}/api/v2/write?org=plantwatch&bucket=plant_raw&precision=s`,
      'POST',
      lines.join('\n'),
      'text/plain',
    )
  }
  await until(async () => (await lag()) === 0)
  if ((await countOf('17')) !== points) throw new Error('not every point is there before the correction')
  const started = performance.now()
  await say('18')
  await until(async () => (await waiting()) === 0)
  const seconds = (performance.now() - started) / 1000
  const [wrong, right] = [await countOf('17'), await countOf('18')]
  if (wrong !== 0 || right !== points) throw new Error(`${wrong} points have the old lot, ${right} the new one`)
  const { audit } = JSON.parse(await ask(`${context}/audit?limit=1`, 'GET')) as { audit: { points: number }[] }
  if (audit[0]!.points !== points) throw new Error(`the audit says ${audit[0]!.points} points`)
  const result = {
    machine: `${cpus().length} × ${cpus()[0]!.model}`,
    points,
    seconds: Number(seconds.toFixed(2)),
    pointsPerSecond: Math.round(points / seconds),
  }
  if (values.json) console.log(JSON.stringify(result))
  else
    console.log(
      `${points} points corrected in ${result.seconds} s (${result.pointsPerSecond} per second) on ${result.machine}; bar: 1,000,000 in 60 s`,
    )
} finally {
  for (const child of [...children].reverse()) {
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      await gone
    }
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
}
process.exit()
