import { describe, expect, test } from 'vitest'
import { fluxTables } from '../../../../test/support/flux-tables.ts'

const states = (rows: string): string => `import "array"
import "influxdata/influxdb/monitor"
array.from(rows: [${rows}]) |> monitor.`
const row = (minute: number, level: string): string =>
  `{_time: 2026-04-01T00:0${minute}:00Z, _level: "${level}", n: ${minute}}`

describe('monitor', () => {
  test('takes levels it does not know for one unknown level', async () => {
    const rows = [row(0, 'odd'), row(1, 'strange'), row(2, 'ok')].join(', ')
    const tables = await fluxTables(`${states(rows)}stateChangesOnly()`)
    expect(tables).toEqual([
      { key: ['_level'], rows: [{ _time: BigInt(Date.UTC(2026, 3, 1, 0, 2)) * 1_000_000n, _level: 'ok', n: 2n }] },
    ])
  })
  test('counts a change of state in order of time, whatever the order of rows', async () => {
    const rows = [row(2, 'crit'), row(1, 'warn'), row(0, 'ok'), row(3, 'ok')].join(', ')
    const tables = await fluxTables(`${states(rows)}stateChanges(fromLevel: "warn", toLevel: "crit")`)
    expect(tables.flatMap((table) => table.rows.map((one) => one.n))).toEqual([2n])
  })
  test('counts no change over a third level', async () => {
    const rows = [row(0, 'ok'), row(1, 'warn'), row(2, 'crit')].join(', ')
    expect(await fluxTables(`${states(rows)}stateChanges(fromLevel: "ok", toLevel: "crit")`)).toEqual([])
  })
  test('refuses to decide between rows of one time', async () => {
    const rows = [row(0, 'ok'), row(0, 'crit')].join(', ')
    await expect(fluxTables(`${states(rows)}stateChanges(fromLevel: "ok", toLevel: "crit")`)).rejects.toThrow(
      'several rows of one time is not supported',
    )
  })
  test('refuses checks by name', async () => {
    await expect(
      fluxTables(
        `${states(row(0, 'ok'))}check(crit: (r) => true, messageFn: (r) => "m", data: {tags: {}, _check_id: "1", _check_name: "c", _type: "t"})`,
      ),
    ).rejects.toThrow('influxdata/influxdb/monitor.check is not supported')
  })
})
