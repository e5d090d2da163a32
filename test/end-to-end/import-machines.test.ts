import { InfluxDB } from '@influxdata/influxdb-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sharedPath } from '../support/shared.ts'
import { type CommandResult, runCommand, type StartedStack, startStack } from '../support/stack.ts'

const exports = sharedPath('data', 'exampleco')

describe.skipIf(exports === null)(
  `import machines of ../shared/data/exampleco${exports === null ? ' (folder missing)' : ''}`,
  () => {
    let stack: StartedStack
    let imported: CommandResult
    const importAgain = (): Promise<CommandResult> =>
      runCommand(['import', 'machines', exports!, '--json'], {
        PLANTWATCH_URL: stack.gatewayUrl,
        PLANTWATCH_TOKEN: stack.token,
      })
    const query = (flux: string) =>
      new InfluxDB({ url: stack.gatewayUrl, token: stack.token })
        .getQueryApi(stack.line.store.org)
        .collectRows<Record<string, unknown>>(flux)
    const all = 'from(bucket: "plant_raw") |> range(start: 2018-01-01T00:00:00Z, stop: 2022-01-01T00:00:00Z)'

    beforeAll(async () => {
      stack = await startStack()
      imported = await importAgain()
      await stack.settled()
    }, 120_000)
    afterAll(() => stack?.close())

    it('takes every value and says what it took', () => {
      expect(imported.errors).toBe('')
      const facts = JSON.parse(imported.output) as Record<string, unknown>
      expect(facts).toMatchObject({
        files: 10,
        rows: 30_000,
        values: 120_000,
        faults: 0,
        from: '2019-01-01T00:00:00Z',
        to: '2021-09-27T00:00:00Z',
      })
      expect(facts['skipped']).toEqual([
        'modes.csv: no column of its header has an empty name, where the times would be',
      ])
      expect(facts['dashboard']).toMatch(/\/d\/[\w-]+\?from=1546300800000&to=1632700800001/)
      console.log(`imported with ${facts['valuesPerSecond']} values/s`)
    })

    it('is asked back by the official client: one series per machine and signal, the anchor’s statistics, whole nanoseconds', async () => {
      const counts = await query(`${all} |> filter(fn: (r) => r._measurement == "machine_signal") |> count()`)
      expect(counts.length).toBe(40)
      expect(new Set(counts.map((row) => row['_value']))).toEqual(new Set([3_000]))
      const machine0 = `${all} |> filter(fn: (r) => r._measurement == "machine_signal" and r.machine == "machine_0") |> group(columns: ["sensor"])`
      const bySensor = async (fn: string): Promise<number[]> =>
        (await query(`${machine0} |> ${fn}`))
          .sort((a, b) => String(a['sensor']).localeCompare(String(b['sensor'])))
          .map((row) => Number(row['_value']))
      const means = await bySensor('mean()')
      const deviations = await bySensor('stddev()')
      expect(means.map((value) => Number(value.toFixed(3)))).toEqual([-0.816, -1.091, 1.268, 0.166])
      expect(deviations.map((value) => Number(value.toFixed(2)))).toEqual([58.08, 55.97, 56.54, 56.91])
      const second = await query(
        `${machine0} |> filter(fn: (r) => r.sensor == "0") |> sort(columns: ["_time"]) |> limit(n: 2)`,
      )
      expect(second[1]).toMatchObject({ _time: '2019-01-01T08:00:09.603201067Z', _value: 10.831994043875898 })
    })

    it('changes nothing when it is run again', async () => {
      const again = await importAgain()
      expect(again.status).toBe(0)
      await stack.settled()
      const [row] = await query(`${all} |> filter(fn: (r) => r._measurement == "machine_signal") |> group() |> count()`)
      expect(row!['_value']).toBe(120_000)
    })
  },
)
