import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Cell, Column, type ColumnType } from '../column.ts'
import { compareCells, GroupKey } from '../group-key.ts'
import { Table } from '../table.ts'
import { groupedByRows } from './by-rows.ts'
import { appended } from './collected.ts'
import { rowGroups, rowsByGroup } from './row-groups.ts'
import { sortedRows } from './sorted-rows.ts'
import { split } from './split.ts'

const cellOf: Readonly<Record<ColumnType, fc.Arbitrary<Cell>>> = {
  bool: fc.boolean(),
  int: fc.oneof(fc.bigInt(-3n, 3n), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
  uint: fc.oneof(fc.bigInt(0n, 3n), fc.bigInt(0n, 2n ** 64n - 1n)),
  float: fc.oneof(
    fc.constantFrom(0, -0, 1, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    fc.double(),
  ),
  string: fc.oneof(fc.constantFrom('', 'a', 'b', '\u{1F600}', '\uFFFD'), fc.string({ maxLength: 2 })),
  time: fc.oneof(fc.bigInt(0n, 3n), fc.bigInt(-(10n ** 18n), 10n ** 18n)),
}
const anyType = fc.constantFrom<ColumnType>('bool', 'int', 'uint', 'float', 'string', 'time')
const column = (label: string, length: number): fc.Arbitrary<Column> =>
  anyType.chain((type) =>
    fc.oneof(
      fc
        .array(fc.option(cellOf[type], { freq: 4 }), { minLength: length, maxLength: length })
        .map((cells) => Column.from(label, type, cells)),
      cellOf[type].map((cell) => Column.constant(label, type, cell, length)),
    ),
  )
const columns = fc
  .integer({ min: 0, max: 40 })
  .chain((length) => fc.tuple(column('a', length), column('b', length)).map((both) => ({ length, both })))

/** Equal cells have equal texts; 0 and −0 are equal. */
const textOf = (cell: Cell): string => `${typeof cell} ${cell === null ? '' : String(cell)}`
const cells = (of: Column): Cell[] => Array.from({ length: of.length }, (_, i) => of.at(i))

describe('rows in groups', () => {
  test('share a group exactly when they agree in every column, and groups are numbered as they appear', () => {
    fc.assert(
      fc.property(columns, ({ length, both }) => {
        const known = new Map<string, number>()
        const naive = Array.from({ length }, (_, row) => {
          const id = JSON.stringify(both.map((one) => textOf(one.at(row))))
          if (!known.has(id)) known.set(id, known.size)
          return known.get(id)
        })
        const groups = rowGroups(both, length)
        expect([...groups.ofRow]).toEqual(naive)
        expect(groups.count).toBe(known.size)
        const { rows, starts } = rowsByGroup(groups)
        const byGroup = naive.map((group, row) => ({ group: group!, row })).sort((a, b) => a.group - b.group)
        expect([...rows]).toEqual(byGroup.map(({ row }) => row))
        expect(starts.at(-1)).toBe(length)
      }),
    )
  })
  test('are told apart by either half of 64 bits, also when there are many', () => {
    const values = BigInt64Array.from({ length: 5000 }, (_, i) => BigInt(i % 2500) << (i % 2500 < 1250 ? 32n : 0n))
    const { count, ofRow } = rowGroups([Column.of('t', 'time', values)], values.length)
    expect(count).toBe(2500)
    expect(ofRow[0]).toBe(ofRow[2500])
  })
})

describe('sorted rows', () => {
  const naiveOrder = (keys: readonly { column: Column; desc: boolean }[], length: number): number[] =>
    Array.from({ length }, (_, row) => row).sort((a, b) => {
      for (const { column: by, desc } of keys) {
        const [x, y] = [by.at(a), by.at(b)]
        const order = compareCells(x, y)
        if (order !== 0) return x === null || y === null || !desc ? order : -order
      }
      return a - b
    })

  test('are in the order of the columns, nulls first in either direction, equal rows as they were', () => {
    fc.assert(
      fc.property(columns, fc.boolean(), fc.boolean(), ({ length, both }, descA, descB) => {
        const keys = both.map((one, i) => ({ column: one, desc: i === 0 ? descA : descB }))
        const rows = sortedRows(keys, length)
        expect(rows === null ? [...Array(length).keys()] : [...rows]).toEqual(naiveOrder(keys, length))
      }),
    )
  })
  test.each(['float', 'int', 'string'] as const)('are the same by digits as by merging: %s', (type) => {
    const length = 20_000
    const value = (i: number): number => ((i * 7919) % 1013) - 500
    const cell = (i: number): Cell =>
      i % 97 === 0 ? null : type === 'float' ? value(i) / 3 : type === 'int' ? BigInt(value(i)) : `${value(i)}`
    const by = Column.from(
      'v',
      type,
      Array.from({ length }, (_, i) => cell(i)),
    )
    for (const desc of [false, true]) {
      const keys = [{ column: by, desc }]
      expect([...sortedRows(keys, length)!]).toEqual(naiveOrder(keys, length))
    }
  })
})

describe('groups of several tables', () => {
  const table = fc
    .tuple(fc.integer({ min: 0, max: 6 }), fc.subarray(['a', 'b', 'c'], { minLength: 1 }))
    .chain(([length, labels]) =>
      fc
        .tuple(
          ...labels.map((label) =>
            fc
              .array(fc.option(fc.constantFrom('x', 'y')), { minLength: length, maxLength: length })
              .map((of) => Column.from(label, 'string', of)),
          ),
        )
        .map((of) => new Table(GroupKey.empty, of as Column[], length)),
    )
  const shown = (one: Table) => ({
    key: one.key.columns,
    columns: Object.fromEntries(
      [...one.columns].sort((p, q) => (p.label < q.label ? -1 : 1)).map((of) => [of.label, cells(of)]),
    ),
  })

  test('are what cutting table by table and appending gives', () => {
    fc.assert(
      fc.property(fc.array(table, { maxLength: 5 }), fc.subarray(['a', 'b']), (tables, by) => {
        const labels = new Set(by)
        const parts = new Map<string, Table[]>()
        for (const one of tables)
          for (const part of split(one, labels)) parts.set(part.key.id, [...(parts.get(part.key.id) ?? []), part])
        const naive = [...parts.values()].map((of) => appended(of[0]!.key, of)).sort((p, q) => p.key.compare(q.key))
        const all = [...groupedByRows(tables, labels)!].sort((p, q) => p.key.compare(q.key))
        const byLabel = ({ key, columns: of }: ReturnType<typeof shown>) => ({
          key: [...key].sort((p, q) => (p.label < q.label ? -1 : 1)),
          columns: of,
        })
        expect(all.map(shown).map(byLabel)).toEqual(naive.map(shown).map(byLabel))
      }),
    )
  })
  test('are left to the slow way when a label has two types', () => {
    const of = (type: 'int' | 'float', cell: Cell): Table =>
      new Table(GroupKey.empty, [Column.from('k', 'string', [type]), Column.from('v', type, [cell])], 1)
    expect(groupedByRows([of('int', 1n), of('float', 1)], new Set(['k']))).toBeNull()
  })
})
