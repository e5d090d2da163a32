import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { projectFolder } from '../bin/generate.ts'
import { environmentChoices, environmentRows } from '../cli/environment-file.ts'
import { datasourceUid } from '../grafana/house.ts'
import { dashboardsInGrafana } from '../grafana/provisioning.ts'
import { flagsOfAnyNode, runtimeEnvironment } from '../ingestor/runtime-flags.ts'
import { freePorts } from '../lib/http/free-port.ts'
import { bucketNames } from '../lib/schema/buckets.ts'
import { type SettingName, settings } from '../lib/settings.ts'
import { refusalOf } from './support/command-words.ts'
import { copiedSources, filesOfImage, isSent, layOutImage } from './support/image.ts'
import { type StartedService, startService } from './support/service.ts'
import { cleanEnvironment, runCommand } from './support/stack.ts'
import { makeTemporaryFolder, removeFolder } from './support/temporary-folder.ts'

interface Service {
  readonly image: string
  readonly build?: string
  readonly user?: string
  readonly command?: readonly string[]
  readonly entrypoint?: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly networks: readonly string[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly disable?: boolean; readonly test?: readonly string[] }
  readonly restart: string
  readonly read_only?: boolean
  readonly cap_drop: readonly string[]
  readonly security_opt: readonly string[]
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>
  readonly volumes: Readonly<Record<string, unknown>>
}

const read = (path: string): string => readFileSync(join(projectFolder, path), 'utf8')
const composeText = read('docker-compose.yml')
const compose = parse(composeText, { merge: true }) as Compose
const dockerfile = read('Dockerfile')
const services = Object.entries(compose.services)
const ours = services.filter(([, { build }]) => build !== undefined)
const manifest = JSON.parse(read('package.json')) as Record<
  'dependencies' | 'devDependencies' | 'engines',
  Record<string, string>
>
const imageVariables = Object.fromEntries(
  [...dockerfile.matchAll(/^ENV (.+)$/gm)].flatMap(([, words]) => words!.split(' ').map((word) => word.split('=', 2))),
) as Record<string, string>

describe('docker-compose.yml', () => {
  it('starts the ingestor with the flags that it is measured with', () => {
    const { entrypoint, environment } = compose.services['ingestor']!
    expect(entrypoint).toEqual(['node', ...flagsOfAnyNode, '/usr/local/bin/plantwatch'])
    expect(environment).toMatchObject(runtimeEnvironment)
  })

  it('holds InfluxDB, Grafana, ingestor and analytics, and what makes the buckets', () => {
    expect(Object.keys(compose.services).sort()).toEqual(['analytics', 'grafana', 'influxdb', 'ingestor', 'provision'])
  })

  it('pins every image; Grafana to the version whose components draw the built-in board', () => {
    for (const [name, { image, build }] of services)
      if (build === undefined) expect(image, name).toMatch(/^[\w./-]+:\d+\.\d+\.\d+$/)
      else expect([image, build]).toEqual(['plantwatch:local', '.'])
    expect(compose.services['grafana']!.image).toBe(`grafana/grafana:${manifest.devDependencies['@grafana/ui']}`)
    expect(compose.services['influxdb']!.image).toMatch(/^influxdb:2\.9\./)
  })

  it('runs commands that the command line understands', async () => {
    for (const [name, { command }] of ours) expect(await refusalOf(command!), name).toBeNull()
    expect(await refusalOf(['ingestor', '--nonsense'])).toContain("unknown option '--nonsense'")
    expect(await refusalOf(['nonsense'])).toContain('unknown command')
  })

  it('asks for nothing that `plantwatch init` does not write, and all that it writes is used', () => {
    const asked = [...composeText.matchAll(/\$\{(\w+)(?::-([^}]*)|:\?[^}]*)\}/g)].map(([, name, fallback]) => ({
      name: name!,
      fallback,
    }))
    expect(asked.length).toBe([...composeText.matchAll(/\$/g)].length) // no form that the pattern does not know
    const defaults: Record<string, string> = {
      INFLUX_ORG: settings.influxOrg.fallback,
      INFLUX_BUCKET: settings.influxBucket.fallback,
      ...Object.fromEntries(Object.entries(environmentChoices).map(([name, { fallback }]) => [name, fallback])),
    }
    for (const { name, fallback } of asked) {
      if (fallback === undefined) expect(environmentRows).toHaveProperty(name)
      else expect(fallback, name).toBe(defaults[name])
    }
    const names = new Set(asked.map(({ name }) => name))
    expect([...names].sort()).toEqual([...Object.keys(environmentRows), ...Object.keys(environmentChoices)].sort())
  })

  it('gives each service variables that it knows', () => {
    const known: Readonly<Record<string, readonly string[]>> = {
      // The README of the official image, and InfluxDB's list of options.
      influxdb: [
        ...['MODE', 'USERNAME', 'PASSWORD', 'ORG', 'BUCKET', 'ADMIN_TOKEN'].map(
          (name) => `DOCKER_INFLUXDB_INIT_${name}`,
        ),
        'INFLUXD_REPORTING_DISABLED',
      ],
      // GF_<section>_<key> of Grafana's configuration, and what our provisioning asks its environment for.
      grafana: [
        'GF_SECURITY_ADMIN_USER',
        'GF_SECURITY_ADMIN_PASSWORD',
        'GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH',
        'GF_ANALYTICS_REPORTING_ENABLED',
        'GF_ANALYTICS_CHECK_FOR_UPDATES',
        'GF_USERS_ALLOW_SIGN_UP',
        ...askedByProvisioning(),
      ],
    }
    const ofSettings = (Object.keys(settings) as SettingName[]).map((name) => settings[name].variable as string)
    const ofOurs = [...ofSettings, ...Object.keys(runtimeEnvironment)]
    for (const [name, { environment, build }] of services)
      for (const variable of Object.keys(environment))
        expect(build === undefined ? known[name] : ofOurs, `${variable} of ${name}`).toContain(variable)
    for (const variable of Object.keys(imageVariables).filter((name) => name !== 'NODE_ENV'))
      expect(ofSettings).toContain(variable)
    for (const variable of askedByProvisioning())
      expect(compose.services['grafana']!.environment).toHaveProperty(variable)
  })

  it('publishes what people and devices need, to this machine alone unless told otherwise', () => {
    const published = Object.fromEntries(
      services.filter(([, { ports }]) => ports !== undefined).map(([name, { ports }]) => [name, ports]),
    )
    const port = (name: string, inside: number) => [`\${${name}_BIND:-127.0.0.1}:\${${name}_PORT:-${inside}}:${inside}`]
    expect(published).toEqual({
      influxdb: port('INFLUXDB', settings.storePort.fallback),
      ingestor: port('INGESTOR', settings.ingestorPort.fallback),
      grafana: port('GRAFANA', 3000),
    })
    for (const [name, { networks, ports }] of services) {
      expect(networks, name).toContain('inside')
      expect(networks.includes('outside'), name).toBe(ports !== undefined)
      for (const network of networks) expect(compose.networks).toHaveProperty(network)
    }
    expect(compose.networks['inside']!.internal).toBe(true)
  })

  it('lets the parts meet at the ports that they listen on', () => {
    for (const [name, { environment }] of services)
      if (name !== 'influxdb')
        expect(environment['INFLUX_URL'], name).toBe(`http://influxdb:${settings.storePort.fallback}`)
    const urlOf = (name: string) => compose.services[name]!.environment['PLANTWATCH_URL']
    expect(urlOf('ingestor')).toBe(`http://127.0.0.1:${settings.ingestorPort.fallback}`)
    expect(urlOf('analytics')).toBe(`http://127.0.0.1:${settings.analyticsPort.fallback}`)
    const exposed = /^EXPOSE (.+)$/m.exec(dockerfile)![1]!.split(' ').map(Number)
    const own = [settings.storePort, settings.ingestorPort, settings.analyticsPort]
    expect(exposed).toEqual(own.map(({ fallback }) => fallback))
    for (const { variable, fallback } of own) expect(read('bin/healthy.js')).toContain(`${variable}: ${fallback},`)
  })

  it('starts each service when what it needs is there', () => {
    for (const [name, { depends_on: needs = {} }] of services)
      for (const [other, { condition }] of Object.entries(needs)) {
        const { healthcheck, restart, build } = compose.services[other]!
        if (condition === 'service_healthy') expect(healthcheck?.test, `${name} → ${other}`).toBeDefined()
        else {
          expect(condition).toBe('service_completed_successfully')
          expect([restart, build], `${name} → ${other}`).toEqual(['no', '.'])
        }
      }
    expect(Object.keys(compose.services['ingestor']!.depends_on!)).toEqual(['provision'])
  })

  it('lets nobody gain rights, keeps our services from changing their image, and starts them again after a crash', () => {
    for (const [name, service] of services) {
      expect(service.cap_drop, name).toEqual(['ALL'])
      expect(service.security_opt, name).toEqual(['no-new-privileges:true'])
      expect(service.restart, name).toBe(name === 'provision' ? 'no' : 'unless-stopped')
      if (service.build !== undefined) expect(service.read_only, name).toBe(true)
    }
    expect(dockerfile).toMatch(/^USER node$/m)
  })

  it('keeps data in volumes, and mounts folders that exist where Grafana looks for them', () => {
    const mounts = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')))
    const named = mounts.filter(([from]) => !from!.startsWith('.'))
    expect(named.map(([from]) => from).sort()).toEqual(Object.keys(compose.volumes).sort())
    for (const name of ['ingestor', 'analytics'])
      expect(compose.services[name]!.volumes![0]!.split(':')[1]).toBe(imageVariables['PLANTWATCH_DATA'])
    expect(dockerfile).toContain(`VOLUME ${imageVariables['PLANTWATCH_DATA']}\n`)

    const bound = mounts.filter(([from]) => from!.startsWith('.'))
    expect(bound.length).toBe(2)
    for (const [from, to, mode] of bound) {
      expect(existsSync(join(projectFolder, from!)), from).toBe(true)
      expect(to).toBe(`/etc/grafana/provisioning/${from!.split('/').at(-1)}`)
      expect(mode).toBe('ro')
    }
    expect(bound.map(([, to]) => to)).toContain(dashboardsInGrafana)
    const home = compose.services['grafana']!.environment['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH']!
    expect(dirname(home)).toBe(dashboardsInGrafana)
    expect(existsSync(join(projectFolder, 'provisioning/dashboards', relative(dashboardsInGrafana, home)))).toBe(true)
  })

  it('has one data source, and every dashboard asks that one', () => {
    const { datasources } = parse(read('provisioning/datasources/plantwatch.yaml')) as {
      datasources: readonly { uid: string; type: string; jsonData: { version: string } }[]
    }
    expect(datasources).toMatchObject([{ uid: datasourceUid, type: 'influxdb', jsonData: { version: 'Flux' } }])
    const files = readdirSync(join(projectFolder, 'provisioning/dashboards')).filter((name) => name.endsWith('.json'))
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) {
      const uids = [...read(`provisioning/dashboards/${file}`).matchAll(/"type": "influxdb",\s*"uid": "([^"]*)"/g)]
      expect(uids.length, file).toBeGreaterThan(0)
      expect([...new Set(uids.map(([, uid]) => uid))], file).toEqual([datasourceUid])
    }
  })
})

describe('the image', () => {
  it('is made from a pinned Node that the project allows', () => {
    const [from] = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image!)
    const [, major] = /^node:(\d+)\.\d+\.\d+-\w+-slim$/.exec(from!)!
    expect(Number(major)).toBeGreaterThanOrEqual(Number(/\d+/.exec(manifest.engines['node']!)![0]))
    for (const [, image] of dockerfile.matchAll(/^FROM (\S+)/gm)) expect([from, 'node']).toContain(image)
  })

  it('copies what exists, all of it gets past .dockerignore, and nothing else does', () => {
    for (const source of copiedSources()) {
      expect(existsSync(join(projectFolder, source)), source).toBe(true)
      expect(isSent(source), source).toBe(true)
    }
    const sent = [...read('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, path]) => path!)
    expect([...sent].sort()).toEqual(
      ['package-lock.json', ...copiedSources().filter((path) => path !== 'package-lock.json')].sort(),
    )
    expect(filesOfImage().filter((path) => /\.test\.|(^|\/)\.env|(^|\/)data\//.test(path))).toEqual([])
  })

  it('holds every file and every package that its commands import, all but `up` and `board`, which need a bundle', () => {
    const inImage = new Set(filesOfImage())
    const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, { dev?: boolean }> }
    const isInstalled = (name: string): boolean => (packages[`node_modules/${name}`] ?? { dev: true }).dev !== true
    const commandFiles = [...read('cli/commands.ts').matchAll(/import\('\.\/([\w/-]+\.ts)'\)/g)].map(
      ([, file]) => `cli/${file}`,
    )
    const [inside, outside] = [true, false].map((whether) =>
      commandFiles.filter((file) => !['cli/up/up.ts', 'cli/board.ts'].includes(file) === whether),
    ) as [string[], string[]]
    expect(outside.length).toBe(2)
    for (const [, { command }] of ours) expect(inside).toContain(`cli/${command![0]}.ts`)

    // The table of commands loads each only when it runs.
    const seen = new Set(['cli/commands.ts'])
    const missing: string[] = []
    const visit = (path: string, from: string): void => {
      if (seen.has(path)) return
      seen.add(path)
      if (!inImage.has(path)) {
        missing.push(`${from} → ${path}`)
        return
      }
      for (const target of importsOf(path))
        if (target.startsWith('.')) visit(relative(projectFolder, resolve(projectFolder, dirname(path), target)), path)
        else if (!target.startsWith('node:') && !isInstalled(packageOf(target))) missing.push(`${path} → ${target}`)
    }
    for (const path of ['bin/plantwatch.js', 'bin/healthy.js', ...inside]) visit(path, 'Dockerfile')
    expect(missing).toEqual([])
    for (const path of ['cli/main.ts', 'store/evaluation/worker.ts', 'analytics/service.ts', 'ingestor/service.ts'])
      expect(seen).toContain(path)
    expect(['danfojs-node', 'vitest', 'react', 'nonsense'].map(isInstalled)).toEqual([true, false, false, false])
  })

  it('checks its health by what it copies, and starts with the program', () => {
    const [, check] = /^HEALTHCHECK .*CMD (\[.+\])$/m.exec(dockerfile)!
    expect(JSON.parse(check!)).toEqual(['node', 'bin/healthy.js'])
    expect(dockerfile).toContain('ln -s /app/bin/plantwatch.js /usr/local/bin/plantwatch')
    expect(dockerfile).toMatch(/^ENTRYPOINT \["plantwatch"\]$/m)
    expect(read('bin/plantwatch.js')).toMatch(/^#!\/usr\/bin\/env node\n/)
  })
})

/** No container engine here: the same files, packages, commands and variables, in processes of their own. */
describe('what the containers run, run without them', () => {
  let image: string
  let data: string
  let file: Record<string, string | undefined>
  let store: StartedService
  let storeUrl: string
  const started: StartedService[] = []

  /** A service's environment as Compose would make it, but with addresses of this machine. */
  const environmentOf = (name: string, more: Record<string, string> = {}): Record<string, string> => ({
    ...imageVariables,
    ...Object.fromEntries(
      Object.entries(compose.services[name]!.environment).map(([variable, value]) => [
        variable,
        value.replace(
          /\$\{(\w+)(?::-([^}]*)|:\?[^}]*)\}/g,
          (_, asked: string, fallback = '') => file[asked] ?? fallback,
        ),
      ]),
    ),
    PLANTWATCH_HOST: '127.0.0.1',
    PLANTWATCH_DATA: join(data, name),
    INFLUX_URL: storeUrl,
    TMPDIR: join(data, 'tmp'),
    ...more,
  })
  const runInImage = (words: readonly string[], environment: Record<string, string>): string =>
    execFileSync(process.execPath, [join(image, 'bin/plantwatch.js'), ...words], {
      cwd: image,
      env: cleanEnvironment(environment),
      encoding: 'utf8',
    })

  beforeAll(async () => {
    image = await makeTemporaryFolder()
    data = await makeTemporaryFolder()
    await mkdir(join(data, 'tmp'))
    layOutImage(image)
    expect((await runCommand(['init', data, '--json'])).status).toBe(0)
    file = parseEnv(await readFile(join(data, '.env'), 'utf8'))
    const [port] = await freePorts(1)
    const { INFLUX_TOKEN = '', INFLUX_ORG = '', INFLUX_BUCKET = '' } = file
    // In InfluxDB's place: what its image sets up is what an empty embedded store takes from its environment.
    store = await startService(['store', '--port', String(port), '--data', join(data, 'influxdb')], {
      INFLUX_TOKEN,
      INFLUX_ORG,
      INFLUX_BUCKET,
    })
    started.push(store)
    storeUrl = store.line.store!.url
    await chmod(image, 0o555)
  }, 60_000)
  afterAll(async () => {
    await Promise.all(started.map((service) => service.end('SIGKILL')))
    await chmod(image, 0o755)
    await removeFolder(image)
    await removeFolder(data)
  })

  it('makes the buckets, takes a reading, answers for it, and ends when Docker asks', { timeout: 90_000 }, async () => {
    const before = (await readdir(image, { recursive: true })).length
    const provisioned = JSON.parse(
      runInImage([...compose.services['provision']!.command!, '--json'], environmentOf('provision')),
    )
    const names = bucketNames(file['INFLUX_BUCKET'])
    expect(provisioned).toMatchObject({
      made: [names.derived, names.rollup, names.quarantine],
      present: [names.raw],
    })
    expect(
      JSON.parse(runInImage([...compose.services['provision']!.command!, '--json'], environmentOf('provision'))),
    ).toMatchObject({ made: [], present: Object.values(names) })

    const ports = await freePorts(2)
    const variables = {
      ingestor: { PLANTWATCH_INGESTOR_PORT: String(ports[0]) },
      analytics: { PLANTWATCH_ANALYTICS_PORT: String(ports[1]) },
    }
    const begin = async (name: 'ingestor' | 'analytics'): Promise<StartedService> => {
      const service = await startService(compose.services[name]!.command!, environmentOf(name, variables[name]), image)
      started.push(service)
      return service
    }
    const [ingestor, analytics] = await Promise.all([begin('ingestor'), begin('analytics')])

    const written = await fetch(
      `${ingestor.line.ingestor!.url}/api/v2/write?org=${file['INFLUX_ORG']}&bucket=${file['INFLUX_BUCKET']}`,
      {
        method: 'POST',
        headers: { Authorization: `Token ${file['PLANTWATCH_TOKEN']}` },
        body: 'temperature,machine=press,sensor=oil value=71.5',
      },
    )
    expect(written.status).toBe(204)
    const answer = await fetch(`${storeUrl}/api/v2/query?org=${file['INFLUX_ORG']}`, {
      method: 'POST',
      headers: { Authorization: `Token ${file['INFLUX_TOKEN']}`, 'Content-Type': 'application/vnd.flux' },
      body: `from(bucket: "${file['INFLUX_BUCKET']}") |> range(start: -1h) |> filter(fn: (r) => r.machine == "press")`,
    })
    expect(await answer.text()).toMatch(/,71\.5,value,temperature,press,oil\r\n/)

    // What docs/docker.md says to type after `docker compose exec`.
    const atIngestor = environmentOf('ingestor', { PLANTWATCH_URL: ingestor.line.ingestor!.url })
    expect(runInImage(['write', 'temperature,machine=press,sensor=oil value=72'], atIngestor)).toContain(
      'bytes written',
    )
    const atAnalytics = environmentOf('analytics', { PLANTWATCH_URL: analytics.line.analytics!.url })
    expect(JSON.parse(runInImage(['job', 'list', '--json'], atAnalytics))).toMatchObject({
      jobs: [{ name: 'moments' }],
    })

    for (const [name, service] of [
      ['ingestor', ingestor],
      ['analytics', analytics],
    ] as const) {
      // Ports where nobody listens stand for those of the other containers.
      const [a, b, c] = (await freePorts(3)).map(String) as [string, string, string]
      const environment = {
        PLANTWATCH_STORE_PORT: a,
        PLANTWATCH_INGESTOR_PORT: b,
        PLANTWATCH_ANALYTICS_PORT: c,
        ...variables[name],
      }
      expect(healthOf(image, environment)).toMatchObject({
        status: 0,
        output: expect.stringContaining(`${name}: pass`),
      })
      expect(await service.end()).toBe(0)
      expect(healthOf(image, environment)).toEqual({ status: 1, output: 'no service answers\n' })
    }
    expect((await readdir(image, { recursive: true })).length).toBe(before)
  })

  it('says so when a command is not in the image', async () => {
    expect(() => runInImage(['board'], environmentOf('ingestor'))).toThrow(
      '"plantwatch board" is not part of this installation',
    )
  })
})

describe('secrets', () => {
  it('are in no file of the project', () => {
    const tracked = (() => {
      try {
        return execFileSync('git', ['ls-files'], { cwd: projectFolder, encoding: 'utf8' }).trim().split('\n')
      } catch {
        return readdirSync(projectFolder)
      }
    })()
    expect(tracked.filter((path) => /(^|\/)\.env/.test(path))).toEqual([])
    expect(read('.gitignore').split('\n')).toEqual(expect.arrayContaining(['.env', '.env.*', 'data/']))
    const given = /(?:TOKEN|PASSWORD|SECRET)["']?\s*[:=]\s*["']?([\w-]{12,})/g
    const found = tracked
      .filter(
        (path) => /(\.(ya?ml|md|json|sh|env)|Dockerfile|\.ci\/.*)$/.test(path) && existsSync(join(projectFolder, path)),
      )
      .flatMap((path) => [...read(path).matchAll(given)].map(([text]) => `${path}: ${text}`))
    expect(found).toEqual([])
    for (const { environment } of Object.values(compose.services))
      for (const [name, value] of Object.entries(environment))
        if (/TOKEN|PASSWORD/.test(name)) expect(value, name).toMatch(/^\$\{\w+:\?[^}]+\}$/)
  })
})

function askedByProvisioning(): readonly string[] {
  return [...read('provisioning/datasources/plantwatch.yaml').matchAll(/\$(\w+)/g)].map(([, name]) => name!)
}

/** What a file imports when it runs: types are gone then. Paths of the project end in `.ts`, as they are written. */
function importsOf(path: string): readonly string[] {
  const text = read(path).replace(/^(?:import|export) type [^']*? from '[^']+'$/gm, '')
  const byName = /(?:require\.resolve|import\.meta\.resolve|createRequire\(import\.meta\.url\))\('([^']+)'/g
  return [
    ...ts.preProcessFile(text).importedFiles.map(({ fileName }) => fileName),
    ...[...text.matchAll(/new URL\('(\.[^']+\.ts)'/g)].map(([, target]) => target!),
    ...[...text.matchAll(/startWorker\('(\.[^']+)'/g)].map(([, target]) => `${target}.ts`),
    ...[...text.matchAll(byName)].map(([, target]) => target!),
  ]
}

const packageOf = (target: string): string => target.split('/', target.startsWith('@') ? 2 : 1).join('/')

function healthOf(image: string, environment: Record<string, string>): { status: number; output: string } {
  try {
    const output = execFileSync(process.execPath, [join(image, 'bin/healthy.js')], {
      env: cleanEnvironment(environment),
      encoding: 'utf8',
    })
    return { status: 0, output }
  } catch (error) {
    const { status, stdout } = error as { status: number; stdout: string }
    return { status, output: stdout }
  }
}
