import { cp, readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeBuckets } from '../../cli/up/make-buckets.ts'
import { type Clock, systemClock } from '../../lib/clock.ts'
import { InfluxClient } from '../../lib/influx/client.ts'
import { startFaultProxy } from '../../test/support/fault-proxy.ts'
import { settled } from '../../test/support/stack.ts'
import { startTestStore } from '../../test/support/store.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { readDelivered } from '../delivery/delivered.ts'
import { defaultLimits, startIngestor } from '../service.ts'

const org = 'plantwatch'
const token = 'late-marks-test-token'
const patient = { timeout: 15_000, interval: 50 }
const never = 3_600_000

/** The real clock, and somebody who can turn it. */
class TurnedClock implements Clock {
  aheadNs = 0n
  nowNs(): bigint {
    return systemClock.nowNs() + this.aheadNs
  }
  monotonicMs = systemClock.monotonicMs
  sleep = systemClock.sleep
}

/** A real store, a network in front of it that can be cut, and ingestors that deliver to it. */
async function bench({ withDerived = true } = {}) {
  const store = await startTestStore({ bootstrap: { org, bucket: 'plant_raw', token } })
  onTestFinished(() => store.close())
  const proxy = await startFaultProxy(store.url)
  onTestFinished(() => proxy.close())
  const at = { url: store.url, token, org, bucket: 'plant_raw' }
  const makeDerived = () => makeBuckets(at)
  if (withDerived) await makeDerived()
  const clock = new TurnedClock()
  const said: string[] = []
  const start = async (dataDir: string, lateMarksEveryMs: number) => {
    const ingestor = await startIngestor({
      host: '127.0.0.1',
      port: 0,
      dataDir,
      influx: { ...at, url: proxy.url },
      operatorToken: 'operator',
      limits: { ...defaultLimits, reportEveryMs: 0 },
      segmentBytes: 1 << 20,
      clock,
      lateMarksEveryMs,
      log: (line) => said.push(line),
    })
    onTestFinished(() => ingestor.close())
    const write = async (body: string): Promise<number> => {
      const response = await fetch(`${ingestor.url}/api/v2/write?org=${org}&bucket=plant_raw`, {
        method: 'POST',
        headers: { Authorization: 'Token operator' },
        body,
      })
      await response.text()
      return response.status
    }
    return { ...ingestor, write, settled: () => settled({ url: ingestor.url, token: 'operator' }) }
  }
  const client = new InfluxClient(at)
  onTestFinished(() => client.close())
  /** `machine field=value` of every mark, and how many times they have. */
  const marks = async () => {
    const tables = await client.query(
      'from(bucket: "plant_derived") |> range(start: 1900-01-01T00:00:00Z, stop: 2200-01-01T00:00:00Z) |> filter(fn: (r) => r._measurement == "late_arrival")',
    )
    const cells = (label: string) =>
      tables.flatMap(({ columns, length }) => {
        const column = columns.find((one) => one.label === label)
        return Array.from({ length }, (_, row) => String(column?.at(row)))
      })
    const [machines, fields, values] = [cells('machine'), cells('_field'), cells('_value')]
    return {
      told: machines.map((machine, i) => `${machine} ${fields[i]}=${values[i]}`).sort(),
      times: new Set(cells('_time')).size,
    }
  }
  const stored = async (): Promise<number> =>
    (
      await client.query(
        'from(bucket: "plant_raw") |> range(start: 1900-01-01T00:00:00Z, stop: 2200-01-01T00:00:00Z) |> group() |> count()',
      )
    ).reduce((sum, { columns }) => sum + Number(columns.find(({ label }) => label === '_value')?.at(0) ?? 0), 0)
  return { store, proxy, clock, said, start, marks, stored, makeDerived }
}

const pointsOf = (told: readonly string[]) => told.filter((text) => text.includes(' points='))

describe('marks of late readings', () => {
  it('come after the readings, one for each stretch of hours, and no reading on time has one', async () => {
    const { start, marks, clock, said } = await bench()
    const ingestor = await start(await temporaryFolder(), 200)
    const now = clock.nowNs()
    const old = now - 50n * 3_600_000_000_000n
    expect(
      await ingestor.write(`m,machine=on v=1 ${now}\nm,machine=on v=2 ${now - 100_000_000_000n}\nm,machine=on v=3`),
    ).toBe(204)
    expect(
      await ingestor.write(
        `m,machine=off v=1 ${old}\nm,machine=off v=1 ${old - 36_000_000_000_000n}\nm,machine=on v=1 ${now}`,
      ),
    ).toBe(204)
    await expect
      .poll(async () => (await marks()).told, patient)
      .toEqual(
        [
          `off from_ns=${old}`,
          `off to_ns=${old + 1n}`,
          `off from_ns=${old - 36_000_000_000_000n}`,
          `off to_ns=${old - 36_000_000_000_000n + 1n}`,
          'off points=1',
          'off points=1',
        ].sort(),
      )
    expect((await marks()).times).toBe(2)
    const metrics = await fetch(`${ingestor.url}/metrics`, { headers: { Authorization: 'Token operator' } })
    expect(await metrics.text()).toContain('\nplantwatch_ingestor_late_readings_total 2\n')
    // The same readings once more have a mark of their own, and the marks themselves are never late.
    expect(await ingestor.write(`m,machine=off v=2 ${old}`)).toBe(204)
    await expect.poll(async () => (await marks()).times, patient).toBe(3)
    clock.aheadNs = 600_000_000_000n
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect((await marks()).times).toBe(3)
    expect(said).toEqual([])
  }, 30_000)

  it('are made for readings that came on time and waited for a store that was away', async () => {
    const { start, marks, clock, proxy } = await bench()
    const ingestor = await start(await temporaryFolder(), 200)
    const now = clock.nowNs()
    expect(await ingestor.write(`m,machine=before v=1 ${now}`)).toBe(204)
    await ingestor.settled()
    proxy.decide = () => ({ kind: 'reset' })
    expect(await ingestor.write(`m,machine=held v=1 ${now}\nm,machine=held v=1`)).toBe(204)
    clock.aheadNs = 600_000_000_000n
    proxy.decide = () => ({ kind: 'pass' })
    await expect.poll(async () => pointsOf((await marks()).told), patient).toEqual(['held points=2'])
  }, 30_000)

  it('wait, and hold nothing up, while their bucket is missing', async () => {
    const { start, marks, clock, said, stored, makeDerived } = await bench({ withDerived: false })
    const ingestor = await start(await temporaryFolder(), 100)
    const old = clock.nowNs() - 3_600_000_000_000n
    for (let i = 1; i <= 3; i++) {
      expect(await ingestor.write(`m,machine=a v=1 ${old + BigInt(i)}`)).toBe(204)
      await expect.poll(stored, patient).toBe(i)
      await new Promise((resolve) => setTimeout(resolve, 150))
    }
    expect(said).toEqual([expect.stringContaining('plant_derived')])
    await makeDerived()
    await expect.poll(async () => pointsOf((await marks()).told), patient).toEqual(['a points=3'])
  }, 30_000)

  it('are written after a crash that came when the readings were in the store and the marks were not', async () => {
    const { start, marks, clock } = await bench()
    const folder = await temporaryFolder()
    const ingestor = await start(folder, never)
    const old = clock.nowNs() - 3_600_000_000_000n
    const firstCursor = await readFile(join(folder, 'delivered')).catch(() => null)
    expect(await ingestor.write(`m,machine=a v=1 ${old}\nm,machine=b v=1 ${old}`)).toBe(204)
    await expect.poll(async () => (await readDelivered(join(folder, 'delivered'))).late?.spans.length, patient).toBe(2)
    expect((await readDelivered(join(folder, 'delivered'))).delivered.watermark).toBe(1)
    // As a crash leaves it: nothing is closed, nothing else is written. Once when that was kept, once just before.
    for (const before of ['kept', 'not yet kept']) {
      const crashed = join(await temporaryFolder(), before)
      await cp(folder, crashed, { recursive: true, filter: (path) => !basename(path).startsWith('lock-') })
      if (before === 'not yet kept') {
        expect(firstCursor).toBeNull()
        await rm(join(crashed, 'delivered'))
      }
      const { times } = await marks()
      const again = await start(crashed, 100)
      await expect.poll(async () => (await marks()).times - times, patient).toBe(2)
      await again.settled()
      await expect.poll(async () => (await readDelivered(join(crashed, 'delivered'))).late?.spans, patient).toEqual([])
      // Marked once, and not again and again.
      await new Promise((resolve) => setTimeout(resolve, 350))
      expect((await marks()).times - times).toBe(2)
      await again.close()
    }
  }, 40_000)
})
