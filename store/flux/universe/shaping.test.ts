import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fluxTables, plantSource } from '../../../test/support/flux-tables.ts'

/** A table per group of a CSV with the string key `k`, an int `id` and a float `v`. */
const csv = (...rows: readonly string[]): string => `csv.from(csv: "#datatype,string,long,string,long,double
#group,false,false,true,false,false
#default,_result,,,,
,result,table,k,id,v
${rows.map((row) => `,,${row}`).join('\n')}
")`
const run = (script: string) => fluxTables(`import "array"\nimport "csv"\nimport "internal/debug"\n${script}`)
const rowsOf = async (script: string) => (await run(script)).map(({ rows }) => rows)
const two = csv('0,x,1,1.5', '0,x,2,', '1,y,1,-3')
const empty = csv('0,x,1,1.5').replace(',,0,x,1,1.5', '')

const plant = plantSource(
  [
    'm,hall=n,machine=a v=1,n=1i 1776211200000000000',
    'm,hall=n,machine=b v=2 1776211200000000000',
    'm,machine=c v=3 1776211201000000000',
  ].join('\n'),
)
const onPlant = (operators: string) =>
  fluxTables(
    `from(bucket: "plant") |> range(start: 2026-04-15T00:00:00Z, stop: 2026-04-15T01:00:00Z)
      |> filter(fn: (r) => r._field == "v") ${operators}`,
    plant,
  )

describe('group', () => {
  test('on a read keeps the bounds in the key, in memory only what was asked for', async () => {
    const keys = async (operators: string) => (await onPlant(operators)).map(({ key }) => key)
    expect(await keys('|> group(columns: ["hall"])')).toEqual([
      ['_start', '_stop', 'hall'],
      ['_start', '_stop', 'hall'],
    ])
    expect(await keys('|> limit(n: 9) |> group(columns: ["hall"])')).toEqual([[], ['hall']])
    expect(await keys('|> group(columns: ["_time"])')).toEqual([['_time'], ['_time']])
  })
  test('of a group asks only the last one', async () => {
    const [one] = await onPlant('|> group(columns: ["machine"]) |> group()')
    expect(one!.key).toEqual(['_start', '_stop'])
  })
  test('of a read that somebody else reads too is done in memory', async () => {
    const [one] = await fluxTables(
      `data = from(bucket: "plant") |> range(start: 2026-04-15T00:00:00Z, stop: 2026-04-15T01:00:00Z)
      data |> group() |> yield(name: "a")
      data |> limit(n: 1) |> yield(name: "b")`,
      plant,
    ).catch((error: unknown) => [String(error)])
    // Both fields meet in one table there.
    expect(one).toContain('schema collision detected: column "_value" is both of type')
  })
  test('keeps a table without rows if its key tells where it belongs', async () => {
    expect(await rowsOf(`${empty} |> group()`)).toEqual([[]])
    expect(await rowsOf(`${empty} |> group(columns: ["id"])`)).toEqual([])
  })
  test('tells an empty text from a gap, and a missing column from both', async () => {
    const tables = await run(
      `union(tables: [array.from(rows: [{t: 1, s: ""}, {t: 2, s: debug.null(type: "string")}]),
        array.from(rows: [{t: 3, s: "x"}]) |> drop(columns: ["s"])]) |> group(columns: ["s"])`,
    )
    expect(tables.map(({ key, rows }) => [key, rows.map(({ t }) => t)])).toEqual([
      [['s'], [2n, 3n]],
      [['s'], [1n]],
    ])
  })
})

describe('keep, drop, rename, duplicate, set', () => {
  test('join tables that come to share a key, one after the other', async () => {
    expect(await rowsOf(`${two} |> drop(columns: ["k"])`)).toEqual([
      [
        { id: 1n, v: 1.5 },
        { id: 2n, v: null },
        { id: 1n, v: -3 },
      ],
    ])
    expect(await run(`${two} |> set(key: "k", value: "z") |> keep(columns: ["k", "v"])`)).toEqual([
      {
        key: ['k'],
        rows: [
          { k: 'z', v: 1.5 },
          { k: 'z', v: null },
          { k: 'z', v: -3 },
        ],
      },
    ])
  })
  test('take functions of a label', async () => {
    expect(await rowsOf(`${two} |> keep(fn: (column) => column =~ /^[ki]/) |> limit(n: 1)`)).toEqual([
      [{ k: 'x', id: 1n }],
      [{ k: 'y', id: 1n }],
    ])
    expect((await run(`${two} |> rename(fn: (column) => column + "_")`))[0]!.key).toEqual(['k_'])
  })
  test('leave a table without columns when all are dropped', async () => {
    expect(await run(`${two} |> drop(fn: (column) => true)`)).toEqual([{ key: [], rows: [] }])
  })
  test.each([
    ['drop(columns: ["v"], fn: (column) => true)', 'drop error: both column list and predicate provided'],
    ['keep()', 'keep error: neither column list nor predicate function provided'],
    ['rename()', 'rename error: neither column list nor map function provided'],
    ['rename(columns: {id: "v"})', 'rename: column 1 and 2 have the same name ("v") which is not allowed'],
    ['set(key: "id", value: "x")', 'set error: column "id" is of type int, not string'],
    ['duplicate(column: "id", as: "k")', 'column "k" is part of the group key and cannot be replaced'],
    ['group(columns: ["k"], mode: "extend")', 'invalid group mode: must be "by" or "except"'],
  ])('%s is refused', async (call, message) => {
    await expect(run(`${two} |> ${call}`)).rejects.toThrow(message)
  })
  test('duplicate replaces a column in its place', async () => {
    expect(await rowsOf(`${two} |> duplicate(column: "id", as: "v") |> limit(n: 1)`)).toEqual([
      [{ k: 'x', id: 1n, v: 1n }],
      [{ k: 'y', id: 1n, v: 1n }],
    ])
  })
})

describe('limit, tail, top, bottom, sort', () => {
  const rows =
    'array.from(rows: [{i: 1, v: 2.0}, {i: 2, v: debug.null(type: "float")}, {i: 3, v: 7.0}, {i: 4, v: 2.0}])'
  const ids = async (operators: string) =>
    (await rowsOf(`${rows} ${operators}`)).map((of) => of.map(({ i }) => Number(i)))
  test('put gaps first in both directions, and leave equal rows as they were', async () => {
    expect(await ids('|> sort(columns: ["v"])')).toEqual([[2, 1, 4, 3]])
    expect(await ids('|> sort(columns: ["v"], desc: true)')).toEqual([[2, 3, 1, 4]])
    expect(await ids('|> sort(columns: ["v", "i"], desc: true)')).toEqual([[2, 3, 4, 1]])
    expect(await ids('|> top(n: 2, columns: ["v"])')).toEqual([[2, 3]])
    expect(await ids('|> bottom(n: 3, columns: ["v"])')).toEqual([[2, 1, 4]])
  })
  test('take no more than there is', async () => {
    expect(await ids('|> limit(n: 2, offset: 3)')).toEqual([[4]])
    expect(await ids('|> limit(n: -1)')).toEqual([[]])
    expect(await ids('|> limit(n: 1, offset: 4)')).toEqual([])
    expect(await ids('|> tail(n: 2, offset: 1)')).toEqual([[2, 3]])
    expect(await ids('|> tail(n: 9)')).toEqual([[1, 2, 3, 4]])
    expect(await ids('|> tail(n: 1, offset: 9)')).toEqual([[]])
  })
  test('ignore columns that are not there', async () => {
    expect(await ids('|> sort(columns: ["nope", "i"], desc: true)')).toEqual([[4, 3, 2, 1]])
  })
})

describe('distinct and unique', () => {
  const rows = 'array.from(rows: [{v: 2}, {v: debug.null(type: "int")}, {v: 2}, {v: debug.null(type: "int")}, {v: 1}])'
  test('keep one gap', async () => {
    expect(await rowsOf(`${rows} |> distinct(column: "v")`)).toEqual([
      [{ _value: 2n }, { _value: null }, { _value: 1n }],
    ])
    expect(await rowsOf(`${rows} |> unique(column: "v")`)).toEqual([[{ v: 2n }, { v: null }, { v: 1n }]])
  })
  test('distinct gives one row for a key column, and an empty text for a missing one', async () => {
    expect(await rowsOf(`${two} |> distinct(column: "k")`)).toEqual([
      [{ k: 'x', _value: 'x' }],
      [{ k: 'y', _value: 'y' }],
    ])
    expect(await rowsOf(`${two} |> distinct(column: "nope")`)).toEqual([
      [{ k: 'x', _value: '' }],
      [{ k: 'y', _value: '' }],
    ])
  })
})

describe('fill', () => {
  test('puts the value before into gaps, not before the first', async () => {
    const of = (...cells: readonly string[]) => csv(...cells.map((cell, i) => `0,x,${i},${cell}`))
    const values = async (script: string) => (await rowsOf(script)).map((rows) => rows.map(({ v }) => v))
    expect(await values(`${of('', '1', '', '', '2', '')} |> fill(column: "v", usePrevious: true)`)).toEqual([
      [null, 1, 1, 1, 2, 2],
    ])
    expect(await values(`${of('', '1')} |> fill(column: "v", value: 0.0)`)).toEqual([[0, 1]])
  })
  test('makes a column that is not there, and refuses another type', async () => {
    expect(await rowsOf(`${two} |> fill(column: "new", value: "a") |> keep(columns: ["new"])`)).toEqual([
      [{ new: 'a' }, { new: 'a' }, { new: 'a' }],
    ])
    await expect(run(`${two} |> fill(column: "id", value: 1.0)`)).rejects.toThrow(
      'fill column type mismatch: int/float',
    )
  })
})

describe('union', () => {
  test('joins tables of one key, with gaps where a column is missing', async () => {
    expect(await run(`union(tables: [${two}, ${two} |> drop(columns: ["v"]) |> limit(n: 1)])`)).toEqual([
      {
        key: ['k'],
        rows: [
          { k: 'x', id: 1n, v: 1.5 },
          { k: 'x', id: 2n, v: null },
          { k: 'x', id: 1n, v: null },
        ],
      },
      {
        key: ['k'],
        rows: [
          { k: 'y', id: 1n, v: -3 },
          { k: 'y', id: 1n, v: null },
        ],
      },
    ])
  })
  test('refuses a column of two types', async () => {
    await expect(
      run(`union(tables: [${two}, ${two} |> drop(columns: ["v"]) |> rename(columns: {id: "v"})])`),
    ).rejects.toThrow('schema collision detected: column "v" is both of type int and float')
  })
})

describe('pivot', () => {
  const rows = `array.from(rows: [{t: 2, f: "a", v: 1}, {t: 1, f: "b", v: 2}, {t: 2, f: "b", v: 3}, {t: 2, f: "a", v: 4}])`
  test('orders rows by first appearance, leaves gaps, and lets the last of several cells win', async () => {
    expect(await rowsOf(`${rows} |> pivot(rowKey: ["t"], columnKey: ["f"], valueColumn: "v")`)).toEqual([
      [
        { t: 2n, a: 4n, b: 3n },
        { t: 1n, a: null, b: 2n },
      ],
    ])
  })
  test('makes one column of several keys, and names floats and gaps', async () => {
    const of =
      'array.from(rows: [{t: 1, x: 0.5, y: "u", v: 1}, {t: 1, x: -2500000.0, y: debug.null(type: "string"), v: 2}])'
    expect(await rowsOf(`${of} |> pivot(rowKey: ["t"], columnKey: ["x", "y"], valueColumn: "v")`)).toEqual([
      [{ t: 1n, '5E-01_u': 1n, '-2.5E+06_null': 2n }],
    ])
  })
  test('puts several tables of one remaining key together, each with the type of its values', async () => {
    const [table] = await onPlant(
      '|> filter(fn: (r) => true) |> pivot(rowKey: ["_time"], columnKey: ["machine", "_field"], valueColumn: "_value") |> group()',
    )
    expect(table!.rows.map((row) => [row.a_v, row.b_v, row.c_v])).toEqual([
      [null, null, 3],
      [1, 2, null],
    ])
  })
  test('refuses one column of two types', async () => {
    const source = plantSource('m,p=1 2_3=1.5 1776211200000000000\nm,p=1_2 3=1i 1776211200000000000')
    await expect(
      fluxTables(
        `from(bucket: "plant") |> range(start: 2026-04-15T00:00:00Z, stop: 2026-04-15T01:00:00Z)
          |> pivot(rowKey: ["_time"], columnKey: ["p", "_field"], valueColumn: "_value")`,
        source,
      ),
    ).rejects.toThrow('pivot: schema collision detected: column "1_2_3" is both of type int and float')
  })
})

describe('join', () => {
  const side = fc.array(fc.record({ id: fc.integer({ min: 0, max: 3 }), k: fc.constantFrom('x', 'y') }), {
    minLength: 1,
    maxLength: 6,
  })
  type Row = { readonly id: number; readonly k: string }
  const rowsText = (rows: readonly Row[], name: string): string =>
    `array.from(rows: [${rows.map(({ id, k }, i) => `{id: ${id}, k: "${k}", ${name}: ${i}}`).join(', ')}])`

  test('pairs every left row with every right one that agrees, in the order of the columns', async () => {
    await fc.assert(
      fc.asyncProperty(side, side, fc.boolean(), async (left, right, inKey) => {
        const group = inKey ? '|> group(columns: ["k"])' : ''
        const tables = await run(
          `join(tables: {a: ${rowsText(left, 'p')} ${group}, b: ${rowsText(right, 'q')} ${group}}, on: ["id", "k"])`,
        )
        const pairs = left.flatMap((l, p) =>
          right.flatMap((r, q) => (l.id === r.id && l.k === r.k ? [{ id: l.id, k: l.k, p, q }] : [])),
        )
        const order = (a: (typeof pairs)[number], b: (typeof pairs)[number]): number =>
          (inKey ? a.k.localeCompare(b.k) : 0) || a.id - b.id || a.k.localeCompare(b.k) || a.p - b.p || a.q - b.q
        expect(
          tables.flatMap(({ rows }) =>
            rows.map(({ id, k, p, q }) => ({ id: Number(id), k, p: Number(p), q: Number(q) })),
          ),
        ).toEqual(pairs.sort(order))
      }),
      { numRuns: 50 },
    )
  })
  test('never pairs gaps, and nothing with a column that only one side has', async () => {
    const gap = 'array.from(rows: [{id: debug.null(type: "int"), a: 1}, {id: 0, a: 2}])'
    const other = 'array.from(rows: [{id: debug.null(type: "int"), b: 1}, {id: 0, b: 2}])'
    expect(await rowsOf(`join(tables: {l: ${gap}, r: ${other}}, on: ["id"])`)).toEqual([[{ a: 2n, b: 2n, id: 0n }]])
    expect(await rowsOf(`join(tables: {l: ${two}, r: ${two} |> drop(columns: ["id"])}, on: ["k", "id"])`)).toEqual([])
  })
  test('ends with a clear error when it would be too large', async () => {
    const many = `array.from(rows: [${Array.from({ length: 1100 }, () => '{k: 1}').join(', ')}])`
    await expect(run(`join(tables: {l: ${many}, r: ${many}}, on: ["k"])`)).rejects.toThrow(
      'query holds more than 1000000 rows',
    )
  })
})

test('highestMax and its kin give one row per group in one table', async () => {
  const values = async (call: string) => (await onPlant(`|> ${call}`)).map(({ rows }) => rows.map((row) => row._value))
  expect(await values('highestMax(n: 2, groupColumns: ["machine"])')).toEqual([[3, 2]])
  expect(await values('lowestMin(n: 5, groupColumns: ["machine"])')).toEqual([[1, 2, 3]])
  expect(await values('highestAverage(n: 1)')).toEqual([[2]])
  expect(await values('lowestCurrent(n: 1, groupColumns: ["hall"])')).toEqual([[2]])
})
