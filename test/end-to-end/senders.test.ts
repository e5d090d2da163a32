import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { InfluxDB, Point } from '@influxdata/influxdb-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { operator, pointsOf, type StartedPair, startPair } from '../support/ingestor.ts'
import { sharedPath } from '../support/shared.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

let pair: StartedPair
beforeAll(async () => {
  pair = await startPair()
}, 60_000)
afterAll(() => pair?.close())

const countOf = async (measurement: string): Promise<number> =>
  Number((await pair.query(`${pointsOf(measurement)} |> count()`))[0]?.['_value'] ?? 0)

it('the official JavaScript client loses nothing while the ingestor is down for a while', async () => {
  const writer = new InfluxDB({ url: pair.url, token: operator }).getWriteApi('plantwatch', 'plant_raw', 'ms', {
    batchSize: 500,
    flushInterval: 50,
    gzipThreshold: 1_000,
    maxRetries: 20,
    minRetryDelay: 50,
    maxRetryDelay: 200,
    retryJitter: 10,
    maxRetryTime: 60_000,
  })
  const total = 6_000
  for (let i = 0; i < total; i++) {
    writer.writePoint(
      new Point('client')
        .tag('press', `p ${i % 7}`)
        .intField('n', i)

        .timestamp(1_700_000_000_000 + i),
    )
    if (i === 2_000) await pair.stop()
    if (i === 4_000) await sleep(500)
    if (i % 100 === 0) await sleep(1)
  }
  await pair.start()
  // What it wants to send again it gives up when it is closed: it is let finish first.
  for (let waitedMs = 0; waitedMs < 20_000 && (await countOf('client')) < total; waitedMs += 100) await sleep(100)
  await writer.close()
  expect(await countOf('client')).toBe(total)
}, 60_000)

interface Recorded {
  readonly steps: readonly {
    readonly name: string
    readonly request: {
      readonly method: string
      readonly path: string
      readonly headers: Readonly<Record<string, string>>
      readonly body?: string
      readonly bodyBase64?: string
    }
    readonly response: { readonly status: number }
  }[]
}
const recorded = ['telegraf-v1', 'telegraf-v2', 'js-write-query', 'go', 'python'].flatMap((client) => {
  const path = sharedPath('contract', 'clients', `${client}.json`)
  if (path === null) return []
  const { steps } = JSON.parse(readFileSync(path, 'utf8')) as Recorded
  const writes = steps.filter(({ request }) => /^\/(api\/v2\/)?write\b/.test(request.path))
  return writes.map((step) => [`${client}: ${step.name}`, step] as const)
})

describe.skipIf(recorded.length === 0)('what real clients were recorded to send', () => {
  const filled = (text: string): string =>
    text
      .replaceAll('{{org}}', 'plantwatch')
      .replaceAll('{{token}}', operator)
      .replaceAll('{{basic}}', Buffer.from(`any:${operator}`).toString('base64'))
      .replace(/bucket=(?!attic)[^&]*/, 'bucket=plant_raw')
      .replace(/db=[^&]*/, 'db=plant_raw')
      .replace(/\{\{nowNs([+-]\d+)?\}\}/g, () => `${Date.now()}000000`)
      .replace(/\{\{nowMs([+-]\d+)?\}\}/g, () => `${Date.now()}`)
      .replace(/\{\{nowS([+-]\d+)?\}\}/g, () => `${Math.floor(Date.now() / 1_000)}`)

  it.each(recorded)('%s', async (_, { request, response }) => {
    const headers = Object.fromEntries(
      Object.entries(request.headers)
        .filter(([name]) => !/^(accept-encoding|transfer-encoding|connection)$/i.test(name))
        .map(([name, value]) => [name, filled(value)]),
    )
    const body =
      request.bodyBase64 === undefined
        ? filled(request.body ?? '')
        : new Uint8Array(Buffer.from(request.bodyBase64, 'base64'))
    const answer = await fetch(pair.url + filled(request.path), { method: 'POST', headers, body })
    // Of a request that holds no good line it is 400 here, also where InfluxDB says 422: clients drop it on both.
    const text = await answer.text()
    const right = /"good_lines":0\}$/.test(text) ? 400 : response.status
    expect([answer.status, text]).toEqual([right, expect.anything()])
  })
})

const telegraf = process.env['TELEGRAF']
describe.skipIf(telegraf === undefined)('Telegraf (TELEGRAF names its program)', () => {
  it.each([
    [
      'outputs.influxdb_v2',
      (url: string) =>
        `[[outputs.influxdb_v2]]\n  urls = ["${url}"]\n  token = "${operator}"\n  organization = "plantwatch"\n  bucket = "plant_raw"\n`,
    ],
    [
      'outputs.influxdb',
      (url: string) =>
        `[[outputs.influxdb]]\n  urls = ["${url}"]\n  database = "plant_raw"\n  username = "any"\n  password = "${operator}"\n`,
    ],
  ])(
    'writes by %s, and again after the ingestor was down',
    async (name, output) => {
      const folder = await temporaryFolder()
      const measurement = name.replace('outputs.', 'telegraf_')
      const source = join(folder, 'lines.lp')
      const lines = (from: number, to: number): string =>
        Array.from(
          { length: to - from },
          (_, i) => `${measurement},n=a v=${from + i}i ${1_700_000_000_000_000_000n + BigInt(from + i)}\n`,
        ).join('')
      await writeFile(source, lines(0, 1_000))
      const config = join(folder, 'telegraf.conf')
      const agent =
        '[agent]\n  interval = "1s"\n  flush_interval = "1s"\n  metric_batch_size = 500\n  precision = "1ns"\n  omit_hostname = true\n'
      await writeFile(
        config,
        `${agent}[[inputs.file]]\n  files = ["${source}"]\n  data_format = "influx"\n${output(pair.url)}`,
      )
      const child: ChildProcess = spawn(telegraf!, ['--config', config], { stdio: ['ignore', 'pipe', 'pipe'] })
      let said = ''
      for (const stream of [child.stdout!, child.stderr!])
        stream.on('data', (part: Buffer) => (said += part.toString()))
      const gone = new Promise((resolve) => child.once('exit', resolve))
      try {
        const until = async (count: number): Promise<void> => {
          for (let waitedMs = 0; (await countOf(measurement)) < count; waitedMs += 200) {
            if (waitedMs > 20_000) throw new Error(`Telegraf did not bring ${count} points:\n${said}`)
            await sleep(200)
          }
        }
        await until(1_000)
        await pair.stop()
        await writeFile(source, lines(1_000, 1_500))
        await sleep(2_500)
        await writeFile(source, lines(1_500, 2_000))
        await pair.start()
        await until(2_000)
      } finally {
        child.kill('SIGTERM')
        await gone
      }
      expect(await countOf(measurement)).toBe(2_000)
      expect(said).not.toMatch(/\[outputs.*(dropped|rejected|failed to write)/i)
    },
    60_000,
  )
})
