/**
 * `npm run bench:attacks`: what attacks cost an ingestor that runs with its default settings and a dead database, and what another
 * sender notices. A figure over its bar is named, and the exit status is 1. `-- --json` prints one object, `--only bombs` those whose
 * name holds the word, `--connections` how many slow ones. Linux; each attack gets an ingestor of its own.
 */
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runtimeEnvironment, runtimeFlags } from '../../ingestor/runtime-flags.ts'
import { startService } from '../../test/support/service.ts'
import { makeTemporaryFolder, removeFolder } from '../../test/support/temporary-folder.ts'
import { everyAttack } from './attacks.ts'
import { type Measured, measure, startAttacker } from './measure.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    connections: { type: 'string', default: '10000' },
  },
})
const connections = Number(values.connections)
const results: Measured[] = []
for (const attack of everyAttack(connections).filter(({ name }) => name.includes(values.only))) {
  const folder = await makeTemporaryFolder()
  const token = 'attacked-operator-token'
  const ingestor = await startService(
    ['ingestor', '--port', '0', '--data', join(folder, 'data'), '--log-quota-mb', '1024', '--log-drop-oldest'],
    {
      ...runtimeEnvironment,
      INFLUX_URL: 'http://127.0.0.1:9',
      INFLUX_TOKEN: 'none',
      INFLUX_ORG: 'bench',
      PLANTWATCH_TOKEN: token,
    },
    undefined,
    // As `up` starts its ingestor.
    runtimeFlags(),
  )
  try {
    const { url } = ingestor.line.ingestor!
    const attacker = await startAttacker(attack, connections, { url, token })
    const result = await measure({ url, token, pid: ingestor.process.pid! }, attacker)
    results.push(result)
    console.error(`${attack.name}: ${result.over.length === 0 ? 'held' : result.over.join('; ')}`)
    if (result.said) console.error(`  ${result.said.replaceAll('\n', ' ')}`)
  } catch (error) {
    console.error(`${attack.name}: ${String(error)}`)
    process.exitCode = 1
  } finally {
    await ingestor.end('SIGKILL')
    await removeFolder(folder)
  }
}
if (results.some(({ over }) => over.length > 0)) process.exitCode = 1

const machine = { cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: cpus().length, node: process.version }
if (values.json) console.log(JSON.stringify({ machine, results }))
else
  console.table(
    results.map((one) => ({
      attack: one.attack,
      answers: Object.entries(one.answers)
        .map(([status, times]) => `${times} × ${status}`)
        .join(', '),
      'CPU each, s': Number(one.cpuSecondsEach.toFixed(4)),
      'RSS, + MB': Math.round(one.rssMb),
      'p99 before, ms': Number(one.p99BeforeMs.toFixed(1)),
      'p99 during, ms': Number(one.p99DuringMs.toFixed(1)),
      'closed after, s': one.closedAfterSeconds === undefined ? '' : Number(one.closedAfterSeconds.toFixed(1)),
      over: one.over.length,
    })),
  )
