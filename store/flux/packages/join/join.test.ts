import { describe, expect, test } from 'vitest'
import { fluxTables } from '../../../../test/support/flux-tables.ts'

const grouped = (rows: string, type: string): string => `csv.from(csv: "#datatype,string,long,string,long,${type}
#group,false,false,true,false,false
#default,_result,,,,
,result,table,k,id,v
${rows}
")`
const run = (left: string, right: string, call: string) =>
  fluxTables(`import "join"\nimport "csv"\nleft = ${left}\nright = ${right}\njoin.${call}`)

const left = grouped(',,0,x,2,1.5\n,,0,x,1,2.5\n,,1,y,1,3.5', 'double')
const right = grouped(',,0,x,1,one\n,,1,z,1,zed', 'string')
const on = 'left: left, right: right, on: (l, r) => l.id == r.id'

describe('the package join', () => {
  test('full keeps groups that only one side has, their keys filled in', async () => {
    const tables = await run(left, right, `full(${on}, as: (l, r) => ({k: l.k, k2: r.k, lv: l.v, rv: r.v}))`)
    expect(tables).toEqual([
      {
        key: ['k'],
        rows: [
          { k: 'x', k2: 'x', lv: 2.5, rv: 'one' },
          { k: 'x', k2: 'x', lv: 1.5, rv: null },
        ],
      },
      { key: ['k'], rows: [{ k: 'y', k2: 'y', lv: 3.5, rv: null }] },
      { key: ['k'], rows: [{ k: 'z', k2: 'z', lv: null, rv: 'zed' }] },
    ])
  })
  test('reads the sides of an equality either way round', async () => {
    const tables = await run(
      left,
      right,
      'inner(left: left, right: right, on: (l, r) => r.id == l.id, as: (l, r) => ({l with name: r.v}))',
    )
    expect(tables).toEqual([{ key: ['k'], rows: [{ id: 1n, k: 'x', name: 'one', v: 2.5 }] }])
  })
  test('refuses gaps and different types in the columns joined on', async () => {
    const gap = grouped(',,0,x,,1.5', 'double')
    await expect(run(gap, right, `inner(${on}, as: (l, r) => ({l with w: r.v}))`)).rejects.toThrow(
      'a join on a column with nulls is not supported',
    )
    await expect(
      run(left, right, 'inner(left: left, right: right, on: (l, r) => l.v == r.id, as: (l, r) => ({l with w: r.v}))'),
    ).rejects.toThrow('a join of a column of type float with one of type int is not supported')
  })
  test('says which side lacks the column', async () => {
    await expect(
      run(
        left,
        right,
        'inner(left: left, right: right, on: (l, r) => l.id == r.nope, as: (l, r) => ({l with w: r.v}))',
      ),
    ).rejects.toThrow('error preparing right side of join: table is missing label nope')
  })
  test('time joins on _time alone', async () => {
    await expect(run(left, right, 'time(left: left, right: right, as: (l, r) => ({l with w: r.v}))')).rejects.toThrow(
      'missing label _time',
    )
  })
})
