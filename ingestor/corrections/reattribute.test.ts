import { describe, expect, it } from 'vitest'
import type { ContextChange } from '../context/book.ts'
import { reattribute } from './reattribute.ts'
import type { StoredColumn } from './stored-points.ts'

const column = (tags: Record<string, string>, values: Record<string, number>, field = 'value'): StoredColumn => ({
  measurement: 'temperature',
  tags: Object.entries({ machine: 'm', ...tags }).sort(([a], [b]) => (a < b ? -1 : 1)),
  field,
  timesNs: Object.keys(values).map(BigInt),
  values: Object.values(values),
})
const change = (fromNs: number, toNs: number | null, before: object | null, after: object | null): ContextChange => ({
  machine: 'm',
  fromNs: BigInt(fromNs),
  toNs: toNs === null ? null : BigInt(toNs),
  before,
  after,
})

describe('giving points another context', () => {
  it('moves those that had what the book said before, at their own time, and lets all others be', () => {
    const columns = [column({ lot: '17' }, { 1: 1, 5: 5, 9: 9 }), column({ lot: '16' }, { 5: 6 }), column({}, { 5: 7 })]
    expect(reattribute('m', columns, [change(3, 8, { lot: '17' }, { lot: '18', order: 'A 1' })])).toEqual({
      predicates: ['"machine"="m" AND "lot"="17"'],
      lines: [
        'temperature,lot=17,machine=m value=1 1',
        'temperature,lot=17,machine=m value=9 9',
        'temperature,lot=18,machine=m,order=A\\ 1 value=5 5',
      ],
      moved: { points: 1, fromNs: 5n, lastNs: 5n },
    })
  })

  it('writes back whatever a delete without context tags takes with it', () => {
    const columns = [column({}, { 5: 7 }), column({ lot: '16' }, { 5: 6, 6: 6 })]
    const { predicates, lines } = reattribute('m', columns, [change(5, 6, null, { lot: '18' })])
    expect(predicates).toEqual(['"machine"="m"'])
    expect(lines).toEqual([
      'temperature,lot=18,machine=m value=7 5',
      'temperature,lot=16,machine=m value=6 5',
      'temperature,lot=16,machine=m value=6 6',
    ])
  })

  it('counts a point of several fields once, and keeps it together', () => {
    const columns = [column({}, { 5: 7 }), column({}, { 5: 8 }, 'good')]
    expect(reattribute('m', columns, [change(0, null, null, { lot: '18' })])).toMatchObject({
      lines: ['temperature,lot=18,machine=m value=7,good=8 5'],
      moved: { points: 1 },
    })
  })

  it('lets a point hold that was sent again after the change', () => {
    const columns = [column({ lot: '17' }, { 5: 1, 6: 1 }), column({ lot: '18' }, { 5: 2 })]
    expect(reattribute('m', columns, [change(0, null, { lot: '17' }, { lot: '18' })])).toMatchObject({
      lines: ['temperature,lot=18,machine=m value=1 6'],
      moved: { points: 2 },
    })
  })

  it('does nothing where nothing is wrong', () => {
    const columns = [column({ lot: '18' }, { 5: 1 })]
    expect(reattribute('m', columns, [change(0, null, { lot: '17' }, { lot: '18' })])).toEqual({
      predicates: [],
      lines: [],
      moved: null,
    })
  })
})
