import { access, constants, statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { availableParallelism, totalmem } from 'node:os'
import { dirname, resolve } from 'node:path'
import { ownerOfDataFolder } from '../lib/data-folder.ts'
import type { SettingValues } from '../lib/settings.ts'
import type { Call } from './command.ts'
import { readPlantFile } from './plant-file.ts'
import { demoFolder } from './server.ts'
import { checkStore } from './up/check-store.ts'

type Finding = { readonly status: 'ok' | 'warning' | 'problem'; readonly message: string }
const ok = (message: string): Finding => ({ status: 'ok', message })
const warning = (message: string): Finding => ({ status: 'warning', message })
const problem = (message: string): Finding => ({ status: 'problem', message })

const gib = 1024 ** 3

/** What is looked at; a check that throws is a problem with the error's sentence. */
const checks: Readonly<Record<string, (values: SettingValues) => Promise<Finding>>> = {
  node: async () => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
    return major > 20 || (major === 20 && minor >= 19)
      ? ok(`Node ${process.versions.node}`)
      : problem(`Node ${process.versions.node} is too old: 20.19 or newer is needed`)
  },
  machine: async () => {
    const facts = `${availableParallelism()} cores, ${(totalmem() / gib).toFixed(1)} GiB of memory`
    return availableParallelism() >= 2 && totalmem() >= 1.8 * gib
      ? ok(facts)
      : warning(`${facts}: two cores and 2 GiB are what the whole stack is measured with`)
  },
  'data folder': async ({ data }) => {
    let folder = resolve(data)
    // The nearest folder that exists is the one the others will be made in.
    while (
      !(await access(folder).then(
        () => true,
        () => false,
      )) &&
      dirname(folder) !== folder
    )
      folder = dirname(folder)
    const writable = await access(folder, constants.W_OK).then(
      () => true,
      () => false,
    )
    if (!writable) return problem(`${folder} cannot be written to`)
    const { bavail, bsize } = await statfs(folder)
    const free = `${((bavail * bsize) / gib).toFixed(1)} GiB free at ${folder}`
    return bavail * bsize < 2 * gib ? warning(`${free}: that is little`) : ok(free)
  },
  running: async ({ data }) => {
    for (const folder of [data, demoFolder(data)]) {
      const owner = await ownerOfDataFolder(folder)
      if (owner !== null) return ok(`plantwatch runs on ${folder} (process ${owner})`)
    }
    return ok('no plantwatch runs on this folder')
  },
  port: async ({ port, host, data }) => {
    const code = await new Promise<string | null>((done) => {
      const server = createServer()
      server.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message))
      server.listen(port, host, () => server.close(() => done(null)))
    })
    if (code === null) return ok(`port ${port} is free`)
    const owners = await Promise.all([data, demoFolder(data)].map(ownerOfDataFolder))
    const own = owners.some((owner) => owner !== null)
    return own
      ? ok(`port ${port} is in use, perhaps by the plantwatch that runs`)
      : problem(`port ${port} cannot be used (${code}): start with --port and another number`)
  },
  store: async ({ influxUrl, influxToken }) => {
    if (influxUrl === null) return ok('the embedded store (INFLUX_URL is not set)')
    if (influxToken === null) return problem('INFLUX_URL is set, but INFLUX_TOKEN is not')
    await checkStore(influxUrl, influxToken)
    return ok(`${influxUrl} answers and speaks Flux`)
  },
  plant: async ({ plant }) => {
    if (plant === null) return ok('no plant model of your own (--plant)')
    const { sites } = await readPlantFile(plant)
    const machines = sites.flatMap(({ lines }) => lines).flatMap((line) => line.machines)
    return ok(`${plant}: ${sites.length} sites, ${machines.length} machines`)
  },
}

/** `plantwatch doctor`. */
export async function run({ values, json }: Call): Promise<void> {
  const findings: ({ readonly check: string } & Finding)[] = []
  for (const [check, look] of Object.entries(checks))
    findings.push({ check, ...(await look(values).catch((error: unknown) => problem((error as Error).message))) })
  if (json) console.log(JSON.stringify({ findings }))
  else for (const { check, status, message } of findings) console.log(`${status.padEnd(7)}  ${check}: ${message}`)
  if (findings.some(({ status }) => status === 'problem')) process.exitCode = 1
}
