import { join } from 'node:path'
import { flux } from '@influxdata/influxdb-client'
import { expect, onTestFinished, test } from 'vitest'
import { InfluxClient } from '../lib/influx/client.ts'
import { startStore } from '../store/service.ts'
import { FakeClock } from '../test/support/fake-clock.ts'
import { temporaryFolder } from '../test/support/temporary-folder.ts'
import type { Job, Stretch } from './jobs/job.ts'
import { JobRunner, type RunnerOptions } from './runner.ts'
import { Watermarks } from './watermark.ts'

/** Time moves when somebody moves it, and nobody rests. */
class ClockWithoutRest extends FakeClock {
  override async sleep(): Promise<void> {}
}

/** Windows of 10 ns: copies the number of its values. `due` is what it finds. */
class CopyJob implements Job {
  readonly name = 'copy'
  readonly description = 'for this test'
  readonly triggers = [{ kind: 'named', measurement: 'late_arrival' }] as const
  readonly reads = ['temperature'] as const
  readonly writes = 'moments'
  readonly parameters = {}
  readonly windowNs = 10n
  readonly latenessNs = 5n
  readonly stretchNsMax = 20n
  readonly ownPoints = '_measurement="moments" AND job="copy"'
  readonly ran: Stretch[] = []
  readonly looked: Stretch[] = []
  due: readonly bigint[] = []
  before: () => Promise<void> = async () => {}

  async dueIn(_: unknown, stretch: Stretch): Promise<readonly bigint[]> {
    this.looked.push(stretch)
    return this.due
  }

  async run(_: unknown, stretch: Stretch) {
    await this.before()
    this.ran.push(stretch)
    const points = []
    for (let timeNs = stretch.startNs; timeNs < stretch.stopNs; timeNs += this.windowNs)
      points.push({ measurement: 'moments', tags: { job: 'copy' }, fields: { count: 1n }, timeNs })
    return { rows: 7, points }
  }
}

async function bench(more: Partial<RunnerOptions> = {}) {
  const store = await startStore({
    host: '127.0.0.1',
    port: 0,
    dataDir: join(await temporaryFolder(), 'store'),
    bootstrap: { org: 'plantwatch', bucket: 'plant_derived', token: 'token' },
  })
  onTestFinished(() => store.close())
  const influx = new InfluxClient({ url: store.url, token: 'token', org: 'plantwatch', bucket: 'plant_raw' })
  onTestFinished(() => influx.close())
  const buckets = { raw: 'plant_raw', derived: 'plant_derived', rollup: 'r', quarantine: 'q' }
  const folder = await temporaryFolder()
  const clock = new ClockWithoutRest(1_000n)
  const log: string[] = []
  const options = { influx, buckets, clock, log: (line: string) => log.push(line), ...more }
  const job = new CopyJob()
  const runner = async () => new JobRunner(job, { ...options, watermarks: await Watermarks.load(folder) })
  const recorded = async (field: string) =>
    (
      await influx.query(
        flux`from(bucket: "plant_derived") |> range(start: 0) |> filter(fn: (r) => r._measurement == "job_run" and r._field == ${field})`,
      )
    ).flatMap((table) => table.columns.find(({ label }) => label === '_value')!.cells)
  return { runner, job, influx, clock, log, recorded }
}

test('a sweep looks at every window that ended and whose readings had time to come, and records its run', async () => {
  const { runner, job, recorded } = await bench()
  job.due = [0n, 10n, 20n, 500n]
  const report = await (await runner()).request({ kind: 'sweep' })
  expect(job.looked).toEqual([{ startNs: 0n, stopNs: 990n }])
  expect(job.ran).toEqual([
    { startNs: 500n, stopNs: 510n },
    { startNs: 10n, stopNs: 30n },
    { startNs: 0n, stopNs: 10n },
  ])
  expect(report).toMatchObject({ windows: 4, rows: 21, points: 4, outcome: 'ok' })
  expect([await recorded('points'), await recorded('outcome')]).toEqual([[4n], ['ok']])
})

test('a range runs the ended windows that it touches, due or not', async () => {
  const { runner, job } = await bench()
  await (await runner()).request({ kind: 'range', range: { startNs: 975n, stopNs: 1_015n } })
  expect(job.ran).toEqual([
    { startNs: 980n, stopNs: 1_000n },
    { startNs: 970n, stopNs: 980n },
  ])
})

/** A point that names a stretch. */
const naming = (timeNs: bigint, from_ns: bigint, to_ns: bigint, tags: Record<string, string> = {}) => ({
  measurement: 'late_arrival',
  tags: { machine: 'press', ...tags },
  fields: { from_ns, to_ns, points: 2n },
  timeNs,
})
const minuteNs = 60_000_000_000n

test('windows that a late arrival names run once, also across a restart', async () => {
  const { runner, job, influx, clock } = await bench()
  await influx.write('plant_derived', [
    naming(900n, 105n, 111n),
    // Half a name names nothing.
    { measurement: 'late_arrival', tags: { machine: 'saw' }, fields: { from_ns: 5n }, timeNs: 900n },
  ])
  const one = await runner()
  await one.request({ kind: 'sweep' })
  expect(job.ran).toEqual([{ startNs: 100n, stopNs: 120n }])
  await one.request({ kind: 'sweep' })
  expect(job.ran).toHaveLength(1)
  await clock.advance(180_000)
  await one.request({ kind: 'sweep' })
  await (await runner()).request({ kind: 'sweep' })
  expect(job.ran).toHaveLength(1)
})

test('a window runs once for all that names it, and for a reason to run that it has besides', async () => {
  const { runner, job, influx } = await bench()
  await influx.write(
    'plant_derived',
    Array.from({ length: 30 }, (_, i) => naming(900n + BigInt(i), 100n, 101n + BigInt(i % 10))),
  )
  job.due = [100n, 110n]
  await (await runner()).request({ kind: 'sweep' })
  expect(job.ran).toEqual([{ startNs: 100n, stopNs: 120n }])
})

test('a window that has run since it was named does not run again; one that ran before does', async () => {
  const { runner, job, influx, clock } = await bench()
  clock.setWall(100n * minuteNs)
  const one = await runner()
  job.due = [200n]
  await one.request({ kind: 'sweep' })
  expect(job.ran).toHaveLength(1)
  job.due = []
  // Told now: it was named before the run above.
  await influx.write('plant_derived', [naming(99n * minuteNs, 200n, 201n)])
  await one.request({ kind: 'sweep' })
  expect(job.ran).toHaveLength(1)
  await influx.write('plant_derived', [naming(100n * minuteNs + 1n, 200n, 201n)])
  await one.request({ kind: 'sweep' })
  expect(job.ran).toEqual([1, 2].map(() => ({ startNs: 200n, stopNs: 210n })))
})

test('whoever names late what was named before a newer name is followed all the same', async () => {
  const { runner, job, influx, clock } = await bench()
  clock.setWall(100n * minuteNs)
  const one = await runner()
  await influx.write('plant_derived', [naming(100n * minuteNs, 200n, 201n)])
  await one.request({ kind: 'sweep' })
  await influx.write('plant_derived', [naming(99n * minuteNs, 300n, 301n)])
  await one.request({ kind: 'sweep' })
  expect(job.ran).toEqual([
    { startNs: 200n, stopNs: 210n },
    { startNs: 300n, stopNs: 310n },
  ])
})

test('a name from a clock that is ahead counts at once', async () => {
  const { runner, job, influx } = await bench()
  await influx.write('plant_derived', [naming(2_000_000_000_000_000_000n, 200n, 201n)])
  const one = await runner()
  await one.request({ kind: 'sweep' })
  await one.request({ kind: 'sweep' })
  expect(job.ran).toEqual([{ startNs: 200n, stopNs: 210n }])
})

test('what is named for a measurement that the job does not read is none of its business', async () => {
  const { runner, job, influx } = await bench()
  await influx.write('plant_derived', [
    naming(900n, 200n, 201n, { source: 'network_traffic' }),
    naming(900n, 300n, 301n, { source: 'temperature' }),
  ])
  await (await runner()).request({ kind: 'sweep' })
  expect(job.ran).toEqual([{ startNs: 300n, stopNs: 310n }])
})

test('a stretch that reaches into a window which has not ended names only those that have', async () => {
  const { runner, job, influx } = await bench()
  await influx.write('plant_derived', [naming(900n, 985n, 1_000n)])
  await (await runner()).request({ kind: 'sweep' })
  expect(job.ran).toEqual([{ startNs: 980n, stopNs: 990n }])
})

test('one run at a time, and a trigger that waits already does not wait twice', async () => {
  const { runner, job } = await bench()
  job.due = [0n]
  let running = 0
  job.before = async () => {
    expect(++running).toBe(1)
    await new Promise((resolve) => setImmediate(resolve))
    running--
  }
  const one = await runner()
  const runs = await Promise.all([
    one.request({ kind: 'sweep' }),
    one.request({ kind: 'sweep' }),
    one.request({ kind: 'range', range: { startNs: 50n, stopNs: 60n } }),
  ])
  expect(runs[0]).toBe(runs[1])
  expect(job.ran).toHaveLength(2)
})

test('closing ends after the stretch at hand, and what comes after does not run', async () => {
  const { runner, job } = await bench()
  job.due = [0n, 100n, 200n]
  const one = await runner()
  let closing: Promise<void> | null = null
  job.before = async () => {
    closing ??= one.close()
  }
  const report = await one.request({ kind: 'sweep' })
  await closing
  expect(job.ran).toEqual([{ startNs: 200n, stopNs: 210n }])
  expect(report).toMatchObject({ windows: 1, outcome: expect.stringContaining('stopped') })
  expect(await one.request({ kind: 'sweep' })).toBeNull()
})

test('a job that fails says so once, records it, and runs at its next trigger', async () => {
  const { runner, job, log, recorded, clock } = await bench()
  job.due = [0n]
  job.before = () => Promise.reject(new Error('the formula is wrong'))
  const one = await runner()
  await one.request({ kind: 'sweep' })
  await clock.advance(1)
  await one.request({ kind: 'sweep' })
  expect(log).toEqual(['job copy: the formula is wrong'])
  expect(one.state.status).toBe('failed')
  expect(await recorded('outcome')).toEqual(['the formula is wrong', 'the formula is wrong'])
  job.before = async () => {}
  expect(await one.request({ kind: 'sweep' })).toMatchObject({ outcome: 'ok' })
  expect(one.state.status).toBe('idle')
})

test('without the lease nothing runs', async () => {
  const { runner, job } = await bench({ mayRun: async () => false })
  expect(await (await runner()).request({ kind: 'sweep' })).toBeNull()
  expect(job.looked).toEqual([])
})
