import { describe, expect, test } from 'vitest'
import { fluxTables, plantSource, testNowNs } from '../../../../test/support/flux-tables.ts'

const now = testNowNs - 1_000_000_000n
const lines = [
  `electricity,machine=press,site=a kw=1,kwh=2 ${now}`,
  `electricity,machine=Mill kw=1 ${now}`,
  `electricity,machine=old kw=1 ${now - 60n * 86_400_000_000_000n}`,
  `ancient v=1 ${now - 4000n * 86_400_000_000_000n}`,
].join('\n')

const listed = async (call: string): Promise<unknown[]> => {
  const tables = await fluxTables(`import "influxdata/influxdb/schema"\nschema.${call}`, plantSource(lines))
  expect(tables).toHaveLength(1)
  return tables[0]!.rows.map((row) => row._value)
}

describe('schema', () => {
  test('lists values in order of their bytes, within the last thirty days', async () => {
    expect(await listed('tagValues(bucket: "plant", tag: "machine")')).toEqual(['Mill', 'press'])
    expect(await listed('tagValues(bucket: "plant", tag: "machine", start: -90d)')).toEqual(['Mill', 'old', 'press'])
  })
  test('lists measurements of all times', async () => {
    expect(await listed('measurements(bucket: "plant")')).toEqual(['ancient', 'electricity'])
  })
  test('tests conditions that storage does not know on the tags of a series', async () => {
    expect(
      await listed(
        'fieldKeys(bucket: "plant", predicate: (r) => exists r.site and contains(value: r.site, set: ["a"]))',
      ),
    ).toEqual(['kw', 'kwh'])
  })
  test('lists the bounds among the keys of a bucket without series', async () => {
    expect(await listed('tagKeys(bucket: "plant", predicate: (r) => r.machine == "nobody")')).toEqual([
      '_start',
      '_stop',
    ])
  })
  test('refuses a condition on values, and values of no tag', async () => {
    await expect(listed('tagValues(bucket: "plant", tag: "site", predicate: (r) => r._value > 1.0)')).rejects.toThrow(
      'tagValues(predicate: …) on more than tags is not supported',
    )
    await expect(listed('tagValues(bucket: "plant", tag: "_time")')).rejects.toThrow('not supported')
  })
  test('refuses an empty range', async () => {
    await expect(listed('tagKeys(bucket: "plant", start: 2026-01-01, stop: 2026-01-01)')).rejects.toThrow(
      'cannot query an empty range',
    )
  })
})
