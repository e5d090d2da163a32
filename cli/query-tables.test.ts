import { expect, it } from 'vitest'
import { answeredTables, typedValue } from './query-tables.ts'

const stream = (text: string) => new Blob([text]).stream()
const collect = async (text: string) => {
  const tables = []
  for await (const table of answeredTables(stream(text))) tables.push(table)
  return tables
}

it('splits an answer into its tables, by table number, by schema and by result', async () => {
  const tables = await collect(
    '#datatype,string,long,string,double\r\n#group,false,false,true,false\r\n#default,_result,,,\r\n,result,table,m,_value\r\n' +
      ',,0,a,1.5\r\n,,0,a,\r\n,,1,b,2\r\n\r\n' +
      '#datatype,string,long,boolean\r\n#group,false,false,false\r\n#default,other,,\r\n,result,table,x\r\n,,0,true\r\n\r\n',
  )
  expect(tables.map(({ result, rows }) => [result, rows])).toEqual([
    [
      '_result',
      [
        ['a', '1.5'],
        ['a', null],
      ],
    ],
    ['_result', [['b', '2']]],
    ['other', [['true']]],
  ])
  expect(tables[0]!.columns[0]).toEqual({ name: 'm', type: 'string', inGroupKey: true })
})

it('throws the error that comes in the middle of an answer', async () => {
  await expect(
    collect(
      '#datatype,string,long,double\r\n#group,false,false,false\r\n#default,_result,,\r\n,result,table,_value\r\n,,0,1\r\n\r\n' +
        '#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,the query ran out of memory,\r\n',
    ),
  ).rejects.toThrow('the query ran out of memory')
})

it('gives numbers that a double cannot hold as text', () => {
  expect(typedValue('9223372036854775807', 'long')).toBe('9223372036854775807')
  expect(typedValue('42', 'long')).toBe(42)
  expect(typedValue('1.5', 'double')).toBe(1.5)
  expect(typedValue('+Inf', 'double')).toBe('+Inf')
  expect(typedValue('', 'string')).toBe('')
})
