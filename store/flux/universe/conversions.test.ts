import { describe, expect, test } from 'vitest'
import { fluxTables, fluxValues, plantSource } from '../../../test/support/flux-tables.ts'

describe('conversions', () => {
  test('cut a float that no int can hold to the smallest int', async () => {
    expect(
      await fluxValues({
        big: 'int(v: 1000000000000000000000000000000.0)',
        nan: 'int(v: float(v: "NaN"))',
        top: 'uint(v: 9223372036854775808.0)',
      }),
    ).toEqual({ big: -(2n ** 63n), nan: -(2n ** 63n), top: 2n ** 63n })
  })
  test('take signs in ints, but none in uints', async () => {
    expect(await fluxValues({ i: 'int(v: "+7")' })).toEqual({ i: 7n })
    await expect(fluxValues({ u: 'uint(v: "+7")' })).rejects.toThrow('cannot convert string "+7" to uint')
  })
  test('refuse a float that overflows in text, and take infinity in words', async () => {
    expect(await fluxValues({ f: 'float(v: "-inf")' })).toEqual({ f: Number.NEGATIVE_INFINITY })
    await expect(fluxValues({ f: 'float(v: "1e400")' })).rejects.toThrow('due to invalid syntax')
  })
  test('refuse days that no month has', async () => {
    await expect(fluxValues({ t: 'time(v: "2026-02-30")' })).rejects.toThrow('cannot parse date')
  })
  test('keep a column of gaps as a column of the new type', async () => {
    const csv = '#datatype,string,long,long\n#group,false,false,false\n#default,_result,,\n,result,table,_value\n,,0,\n'
    const tables = await fluxTables(`import "csv"\ncsv.from(csv: "${csv}") |> toString()`)
    expect(tables).toEqual([{ key: [], rows: [{ _value: null }] }])
  })
  test('count a month as 30.4375 days', async () => {
    expect(await fluxValues({ mo: 'int(v: 1mo)' })).toEqual({ mo: 2_629_800_000_000_000n })
  })
})

test('today() is midnight UTC of now()', async () => {
  expect(await fluxValues({ t: 'string(v: today())' })).toEqual({ t: '2026-04-15T00:00:00.000000000Z' })
})

test('contains finds nothing in a filter for a tag that is not there', async () => {
  const source = plantSource('m,host=a v=1 1776254400000000000\nm v=2 1776254400000000000')
  const tables = await fluxTables(
    'from(bucket: "plant") |> range(start: -1d, stop: 1d) |> filter(fn: (r) => contains(value: r.host, set: ["a"]))',
    source,
  )
  expect(tables.map(({ rows }) => rows.map((row) => row.host))).toEqual([['a']])
})
