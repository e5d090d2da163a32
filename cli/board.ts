import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UsageError } from '../lib/errors.ts'
import { listen } from '../lib/http/listen.ts'
import { watchParent } from '../lib/process/parent-watch.ts'
import { runUntilSignal } from '../lib/process/run-until-signal.ts'
import { operatorToken, secretsFolder } from '../lib/secrets/operator-token.ts'
import { createBoard } from '../viewer/server/board.ts'
import { ensureBundle } from '../viewer/server/bundle.ts'
import type { Call } from './command.ts'
import { announce, isChild } from './ready-line.ts'
import { createGateway } from './up/gateway.ts'
import { askHealth, healthResponse, readyResponse } from './up/health.ts'
import { Sessions } from './up/session.ts'
import { version } from './version.ts'

/** `plantwatch board`: the board on a store, with sign-in, and none of the other parts. */
export async function run({ values, options, json }: Call): Promise<void> {
  const stopWatching = isChild() ? watchParent(() => process.exit(0)) : () => {}
  const distDir = await ensureBundle({ log: (line: string) => console.error(line) })
  if (options['buildOnly'] === true) {
    if (!isChild()) console.log(json ? JSON.stringify({ distDir }) : `the board's bundle is in ${distDir}`)
    else if (process.connected) await new Promise((sent) => process.send!({ distDir }, sent))
    stopWatching()
    if (process.connected) process.disconnect()
    return
  }
  if (values.influxUrl === null || values.influxToken === null)
    throw new UsageError('the board needs to know its store: set INFLUX_URL and INFLUX_TOKEN')
  const { influxUrl: url, influxToken: token, influxOrg: org, influxBucket: bucket } = values
  const dataDir = resolve(values.data)
  const sessions = await Sessions.open(
    await operatorToken(dataDir, values.token ?? undefined),
    join(secretsFolder(dataDir), 'sessions.json'),
  )
  const startedMs = Date.now()
  const board = createBoard({
    influx: { url, token, org, bucket },
    dashboardsDir: fileURLToPath(new URL('../provisioning/dashboards', import.meta.url)),
    distDir,
    demo: false,
  })
  const gateway = createGateway({
    parts: { store: { url: new URL(url), checks: 'sender', token }, ingestor: null, analytics: null },
    sessions,
    health: async () => healthResponse([await askHealth('store', `${url}/health`)], version()),
    ready: async () => readyResponse(startedMs, []),
    progress: () => ({ phase: 'live', done: 1, total: 1, message: '' }),
    plant: null,
    board: () => board,
    log: (line) => console.error(line),
  })
  const listening = await listen(gateway, { host: values.host, port: values.port, what: 'board' })
  runUntilSignal(() => listening.close())
  const link = `${listening.url}/sign-in?key=${sessions.newKey()}`
  announce({ ready: true, board: { url: link } }, json, `board ready: ${link}`)
}
