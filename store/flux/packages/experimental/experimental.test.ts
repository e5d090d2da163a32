import { describe, expect, test } from 'vitest'
import { fluxTables, fluxValues, plantSource } from '../../../../test/support/flux-tables.ts'

const source = plantSource('m,host=a v=1 1776254400000000000\nm,host=b v=2 1776254460000000000')
const read = 'from(bucket: "plant") |> range(start: -1d, stop: 1d)'
const run = (call: string) => fluxTables(`import "experimental"\n${read} |> experimental.${call}`, source)

describe('experimental', () => {
  test('set on a key column brings the tables together', async () => {
    const tables = await run('set(o: {host: "all"})')
    expect(tables).toHaveLength(1)
    expect(tables[0]!.rows.map(({ host, _value }) => [host, _value])).toEqual([
      ['all', 1],
      ['all', 2],
    ])
  })
  test('group extends the key by columns that are there', async () => {
    const tables = await run('group(columns: ["_value", "nothing", "host"], mode: "extend")')
    expect(tables.map(({ key }) => key)).toEqual(
      Array(2).fill(['_start', '_stop', '_field', '_measurement', 'host', '_value']),
    )
  })
  test('unpivot refuses tables that are no wide ones', async () => {
    await expect(run('unpivot()')).rejects.toThrow('not supported')
  })
  test('catch lets through what this store does not support', async () => {
    await expect(
      fluxValues({ m: 'experimental.catch(fn: () => math.gamma(x: 1.0)).msg' }, ['experimental', 'math']),
    ).rejects.toThrow('math.gamma is not supported')
    expect(await fluxValues({ v: 'experimental.catch(fn: () => 7).value' }, ['experimental'])).toEqual({ v: 7n })
  })
  test('join meets rows of equal times and refuses a time that comes twice', async () => {
    const twice = `import "array"
import "experimental"
a = array.from(rows: [{_time: 2026-01-01T00:00:00Z, v: 1}, {_time: 2026-01-01T00:00:00Z, v: 2}])
experimental.join(left: a, right: a, fn: (left, right) => ({left with w: right.v}))`
    await expect(fluxTables(twice)).rejects.toThrow('a time comes twice is not supported')
  })
})

describe('what the other packages of this folder do', () => {
  test('events.duration refuses to hide a column of the same name', async () => {
    await expect(
      fluxTables(`import "contrib/tomhollingworth/events"\n${read} |> events.duration(columnName: "host")`, source),
    ).rejects.toThrow('column "host" already exists')
  })
  test('interpolate.linear adds nothing between neighbours closer than a window', async () => {
    const tables = await fluxTables(`import "array"
import "interpolate"
array.from(rows: [{_time: 2026-01-01T00:00:10Z, _value: 1.0}, {_time: 2026-01-01T00:00:50Z, _value: 2.0}])
  |> interpolate.linear(every: 1m)`)
    expect(tables[0]!.rows).toHaveLength(2)
  })
  test('json.encode escapes as Go does', async () => {
    expect(
      await fluxValues({ j: 'string(v: json.encode(v: {b: "<&>", a: [1.5, -0.0], c: 1000000000000000000000.0}))' }, [
        'json',
      ]),
    ).toEqual({
      j: '{"a":[1.5,-0],"b":"\\u003c\\u0026\\u003e","c":1e+21}',
    })
  })
  test('tasks.lastSuccess takes the time given, for nothing has run before', async () => {
    expect(await fluxValues({ t: 'string(v: tasks.lastSuccess(orTime: -1h))' }, ['influxdata/influxdb/tasks'])).toEqual(
      { t: '2026-04-15T11:00:00.000000000Z' },
    )
  })
})
