import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseInstant } from '../time/instant.ts'
import { cellWriter, floatText } from './cell-text.ts'
import { decodeCsv, QueryFailed } from './decode.ts'
import { annotatedDialect, type Dialect, defaultDialect } from './dialect.ts'
import { CsvEncoder } from './encode.ts'
import type { CsvCell, CsvTable, CsvType } from './table.ts'

type Columns = Readonly<Record<string, readonly [type: CsvType, cells: readonly CsvCell[]]>>

const table = (key: Readonly<Record<string, CsvCell>>, columns: Columns): CsvTable => ({
  key: { columns: Object.entries(key).map(([label, value]) => ({ label, value })) },
  columns: Object.entries(columns).map(([label, [type, cells]]) => ({
    label,
    type,
    length: cells.length,
    at: (row) => cells[row] ?? null,
  })),
  length: Object.values(columns)[0]?.[1].length ?? 0,
})

const encode = (tables: readonly CsvTable[], dialect: Dialect = annotatedDialect, name = '_result'): string =>
  [...new CsvEncoder(dialect).result(name, tables)].map((bytes) => new TextDecoder().decode(bytes)).join('')

const lines = (...all: readonly string[]): string => all.map((line) => `${line}\r\n`).join('')
const instant = (text: string): bigint => parseInstant(text)!

describe('encoding', () => {
  test('a table has its annotations, its header, its rows and a blank line at the end', () => {
    const one = table(
      { machine: 'press' },
      {
        _time: ['time', [instant('2026-01-01T00:00:00.5Z'), null]],
        machine: ['string', ['press', 'press']],
        b: ['bool', [true, false]],
        i: ['int', [-9223372036854775808n, 0n]],
        u: ['uint', [18446744073709551615n, 1n]],
        f: ['float', [1e21, Number.NaN]],
      },
    )
    expect(encode([one])).toBe(
      lines(
        '#datatype,string,long,dateTime:RFC3339,string,boolean,long,unsignedLong,double',
        '#group,false,false,false,true,false,false,false,false',
        '#default,_result,,,,,,,',
        ',result,table,_time,machine,b,i,u,f',
        ',,0,2026-01-01T00:00:00.5Z,press,true,-9223372036854775808,18446744073709551615,1000000000000000000000',
        ',,0,,press,false,0,1,NaN',
        '',
      ),
    )
  })

  test('without the default annotation every row names its result', () => {
    expect(encode([table({}, { v: ['int', [1n]] })], defaultDialect, 'mean')).toBe(
      lines(',result,table,v', ',mean,0,1', ''),
    )
  })

  test('tables of one schema share one header, and another schema begins a new block', () => {
    const a = table({}, { v: ['int', [1n]] })
    const b = table({}, { v: ['float', [1]] })
    expect(encode([a, a, b], { ...defaultDialect, annotations: ['datatype'] })).toBe(
      lines(
        '#datatype,string,long,long',
        ',result,table,v',
        ',_result,0,1',
        ',_result,1,1',
        '',
        '#datatype,string,long,double',
        ',result,table,v',
        ',_result,2,1',
        '',
      ),
    )
  })

  test('a table without rows has its number and its key in the defaults, and a block of its own', () => {
    const empty = table({ k: 'x' }, { k: ['string', []], v: ['int', []] })
    expect(encode([empty, empty])).toBe(
      lines(
        ...['#datatype,string,long,string,long', '#group,false,false,true,false', '#default,_result,0,x,'],
        ...[',result,table,k,v', ''],
        ...['#datatype,string,long,string,long', '#group,false,false,true,false', '#default,_result,1,x,'],
        ...[',result,table,k,v', ''],
      ),
    )
  })

  test('a result without tables is one blank line', () => {
    expect(encode([])).toBe('\r\n')
  })

  test('cells are quoted where Go quotes them, and a newline inside of quotes becomes CRLF', () => {
    const write = cellWriter('string', ',')
    expect(['x,y', 'say "hi"', ' lead', 'trail ', '#x', 'a\nb', 'a\rb', '\\.', '', null].map(write)).toEqual([
      '"x,y"',
      '"say ""hi"""',
      '" lead"',
      'trail ',
      '#x',
      '"a\r\nb"',
      '"ab"',
      '"\\."',
      '',
      '',
    ])
    expect(cellWriter('float', '.')(1.5)).toBe('"1.5"')
  })

  test('floats are written without an exponent and read back as the same double', () => {
    expect([1e21, 1e-7, -1.5e-9, 123456.75, -0].map(floatText)).toEqual([
      '1000000000000000000000',
      '0.0000001',
      '-0.0000000015',
      '123456.75',
      '-0',
    ])
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(floatText(x)).not.toContain('e')
        expect(Object.is(Number(floatText(x)), x)).toBe(true)
      }),
    )
  })

  test('an error after data closes the table and follows as a table of errors', () => {
    const encoder = new CsvEncoder(annotatedDialect)
    expect(new TextDecoder().decode(encoder.error('cannot, really'))).toBe(
      lines('', '#datatype,string,string', '#group,true,true', '#default,,', ',error,reference', ',"cannot, really",'),
    )
  })

  test('the first table is handed over before the second is asked for', () => {
    let asked = 0
    const tables = (function* () {
      asked++
      yield table({}, { v: ['int', [1n]] })
      asked++
      yield table({}, { v: ['int', [2n]] })
    })()
    new CsvEncoder(annotatedDialect).result('_result', tables)[Symbol.iterator]().next()
    expect(asked).toBe(1)
  })
})

describe('decoding', () => {
  const cell: { readonly [T in CsvType]: fc.Arbitrary<CsvCell> } = {
    bool: fc.boolean(),
    int: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    uint: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    float: fc.double(),
    // What CSV cannot tell apart: an empty string is a gap, and a lone CR is lost.
    string: fc.string({ minLength: 1, unit: 'binary' }).filter((text) => !text.includes('\r')),
    time: fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
  }
  const column = fc
    .constantFrom<CsvType>('bool', 'int', 'uint', 'float', 'string', 'time')
    .chain((type) => fc.tuple(fc.constant(type), fc.array(fc.option(cell[type]), { minLength: 3, maxLength: 3 })))

  test('gives back what was encoded, whatever the cells', () => {
    fc.assert(
      fc.property(fc.array(column, { minLength: 1, maxLength: 5 }), (columns) => {
        const one = table({}, Object.fromEntries(columns.map((c, i) => [`c${i}`, c])))
        const [read, ...more] = [...decodeCsv(encode([one]))]
        expect(more).toEqual([])
        expect(read!.columns.map(({ type, cells }) => [type, cells])).toEqual(columns)
      }),
    )
  })

  test('tells tables and results apart, and knows a table without rows', () => {
    const a = table({ k: 'x' }, { k: ['string', ['x']], v: ['int', [1n]] })
    const b = table({ k: 'y' }, { k: ['string', ['y']], v: ['int', [2n]] })
    const empty = table({ k: 'z' }, { k: ['string', []], v: ['int', []] })
    const text = encode([a, b, empty], annotatedDialect, 'one') + encode([a], annotatedDialect, 'two')
    expect([...decodeCsv(text)].map(({ result, key, length }) => [result, key.columns[0]!.value, length])).toEqual([
      ['one', 'x', 1],
      ['one', 'y', 1],
      ['one', 'z', 0],
      ['two', 'x', 1],
    ])
  })

  test('takes LF for CRLF', () => {
    expect([...decodeCsv('#datatype,string,long,long\n,result,table,v\n,a,0,7\n')][0]!.columns[0]!.cells).toEqual([7n])
  })

  test('a query that failed half-way gives its tables first and then throws the reason', () => {
    const encoder = new CsvEncoder(annotatedDialect)
    const text = encode([table({}, { v: ['int', [1n]] })]).slice(0, -2)
    const tables = decodeCsv(text + new TextDecoder().decode(encoder.error('schema collision')))[Symbol.iterator]()
    expect(tables.next().value.columns[0].cells).toEqual([1n])
    expect(() => tables.next()).toThrow(new QueryFailed('schema collision'))
  })

  test.each([
    [',result,table,v\n,a,0,7\n', 'missing expected annotation datatype'],
    ['#datatype,string,long,long\n,result,table,v\n,a,0,x\n', 'line 3: "x" is no int'],
    ['#datatype,string,long,thing\n,result,table,v\n,a,0,x\n', 'unknown datatype "thing"'],
    ['#datatype,string,long,string\n,result,table,v\n,a,0,"x\n', 'quoted field without an end'],
  ])('refuses %j', (text, reason) => {
    expect(() => [...decodeCsv(text)]).toThrow(reason)
  })
})
