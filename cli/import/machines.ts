import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../../lib/errors.ts'
import { formatLine } from '../../lib/line-protocol/format.ts'
import { formatInstant } from '../../lib/time/instant.ts'
import type { Call } from '../command.ts'
import { progressBar } from '../progress-bar.ts'
import { findServer } from '../server.ts'
import { type Fault, machineRows, OtherKindOfFile } from './machine-rows.ts'
import { defaultMapping, fileNameTest, type Mapping, readMapping } from './mapping.ts'
import { type Place, Sender } from './sender.ts'

/** Lines per request: large enough that the way there costs nothing, small enough that four in flight are no burden. */
const linesPerRequest = 10_000
const requestsInFlight = 4
/** How many faults are shown; all are counted. */
const faultsShown = 20

/** `plantwatch import machines`. */
export async function run({ values, arguments: [folder], options, json }: Call): Promise<void> {
  const mapping = options['map'] === undefined ? defaultMapping : await readMapping(options['map'] as string)
  const server = await findServer(values)
  const files = await filesOf(folder!, mapping)
  const site = options['site'] as string | undefined
  const bar = progressBar({ quiet: json })
  const faults = new Faults()
  const skipped: string[] = []
  const seen = new Seen()
  const sender = new Sender({
    server,
    org: values.influxOrg,
    bucket: values.influxBucket,
    inFlight: requestsInFlight,
    patienceMs: 120_000,
    onWaiting: (reason) => bar.show({ ...progress, message: `waiting: ${reason}` }),
    onRefused(named, badLines) {
      for (const fault of named) faults.add(fault)
      faults.count += badLines - named.length
      seen.values -= badLines
    },
  })
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  const progress = { phase: 'import', done: 0, total, message: '' }
  let done = 0
  let lines: string[] = []
  let places: Place[] = []
  for (const { path, name, bytes } of files) {
    progress.message = name
    const tagsOf = lineStarts({ ...mapping.tags, ...(site === undefined ? {} : { site }) })
    let read = false
    try {
      const rows = machineRows(
        path,
        mapping,
        (fault) => faults.add(fault),
        (readBytes) => {
          progress.done = done + Math.min(readBytes, bytes)
          bar.show(progress)
        },
      )
      for await (const some of rows) {
        read = true
        for (const row of some) {
          const starts = tagsOf(row.machine, row.sensors)
          const place: Place = { file: name, line: row.line }
          seen.row(row.machine, row.timeNs)
          for (let at = 0; at < row.values.length; at++) {
            const value = row.values[at]
            if (value === null || value === undefined) continue
            lines.push(`${starts[at]}${value} ${row.timeNs}`)
            places.push(place)
            seen.values++
          }
          if (lines.length < linesPerRequest) continue
          await sender.send(lines.join('\n'), places)
          lines = []
          places = []
        }
      }
      if (read) seen.files++
    } catch (error) {
      if (!(error instanceof OtherKindOfFile)) throw error
      skipped.push(`${name}: ${error.message}`)
    }
    done += bytes
  }
  if (lines.length > 0) await sender.send(lines.join('\n'), places)
  await sender.finish()
  bar.end()
  if (seen.files === 0 && faults.count === 0)
    throw new UsageError(`no file in ${folder} is a machine export:\n${skipped.join('\n')}`)
  report({
    json,
    server: server.url,
    seen,
    faults,
    skipped,
    seconds: (sender.lastTakenMs - sender.firstSentMs) / 1000 || 0,
  })
  if (faults.count > 0) process.exitCode = 1
}

async function filesOf(
  folder: string,
  mapping: Mapping,
): Promise<readonly { path: string; name: string; bytes: number }[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(
      error.code === 'ENOENT'
        ? `there is no folder ${folder}`
        : error.code === 'ENOTDIR'
          ? `${folder} is no folder`
          : error.message,
    )
  })
  const fits = fileNameTest(mapping.files)
  const files = []
  for (const name of names.filter(fits).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))) {
    const path = join(folder, name)
    const entry = await stat(path)
    if (entry.isFile()) files.push({ path, name, bytes: entry.size })
  }
  if (files.length === 0) throw new UsageError(`no file in ${folder} is called ${mapping.files}`)
  return files
}

/** Everything of a line before its value, by machine and sensor; made once per series, its tags sorted as stores keep them. */
function lineStarts(
  tags: Readonly<Record<string, string>>,
): (machine: string, sensors: readonly string[]) => readonly string[] {
  const known = new Map<string, readonly string[]>()
  return (machine, sensors) => {
    let starts = known.get(machine)
    if (starts === undefined) {
      starts = sensors.map((sensor) => {
        const sorted = Object.entries({ ...tags, machine, sensor }).sort(([a], [b]) => (a < b ? -1 : 1))
        const line = formatLine({ measurement: 'machine_signal', tags: sorted, fields: [['value', 0]] })
        return line.slice(0, -1)
      })
      known.set(machine, starts)
    }
    return starts
  }
}

class Faults {
  count = 0
  readonly first: Fault[] = []

  add(fault: Fault): void {
    this.count++
    if (this.first.length < faultsShown) this.first.push(fault)
  }
}

class Seen {
  files = 0
  rows = 0
  values = 0
  fromNs: bigint | null = null
  toNs: bigint | null = null
  readonly machines = new Set<string>()

  row(machine: string, timeNs: bigint): void {
    this.rows++
    this.machines.add(machine)
    if (this.fromNs === null || timeNs < this.fromNs) this.fromNs = timeNs
    if (this.toNs === null || timeNs > this.toNs) this.toNs = timeNs
  }
}

function report({
  json,
  server,
  seen,
  faults,
  skipped,
  seconds,
}: {
  json: boolean
  server: string
  seen: Seen
  faults: Faults
  skipped: readonly string[]
  seconds: number
}): void {
  const { fromNs, toNs } = seen
  const query = new URLSearchParams()
  if (fromNs !== null && toNs !== null) {
    query.set('from', String(fromNs / 1_000_000n))
    query.set('to', String(toNs / 1_000_000n + 1n))
  }
  for (const machine of seen.machines) query.append('var-machine', machine)
  const dashboard = `${server}/d/machine-signals?${query}`
  const rate = seconds > 0 ? Math.round(seen.values / seconds) : null
  if (json) {
    const facts = {
      files: seen.files,
      rows: seen.rows,
      values: seen.values,
      seconds: Number(seconds.toFixed(3)),
      valuesPerSecond: rate,
      machines: [...seen.machines],
      from: fromNs === null ? null : formatInstant(fromNs),
      to: toNs === null ? null : formatInstant(toNs),
      dashboard,
      faults: faults.count,
      firstFaults: faults.first,
      skipped,
    }
    console.log(JSON.stringify(facts))
    return
  }
  for (const { file, line, reason } of faults.first) console.error(`${file}:${line}: ${reason}`)
  if (faults.count > faults.first.length) console.error(`… and ${faults.count - faults.first.length} more`)
  for (const line of skipped) console.error(`left out ${line}`)
  console.log(`${seen.values} values of ${seen.rows} rows, ${seen.files} files, ${seen.machines.size} machines`)
  if (rate !== null)
    console.log(`${rate} values per second, ${seconds.toFixed(2)} s from the first request to the last answer`)
  if (fromNs !== null && toNs !== null) console.log(`from ${formatInstant(fromNs)} to ${formatInstant(toNs)}`)
  if (faults.count > 0)
    console.log(`${faults.count} ${faults.count === 1 ? 'fault' : 'faults'}: not everything could be taken (see above)`)
  console.log(`Look at it: ${dashboard}`)
}
