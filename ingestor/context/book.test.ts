import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ContextBook } from './book.ts'
import type { ContextInterval } from './interval.ts'
import { encodeContext } from './interval.ts'

const put = (book: ContextBook, machine: string, fromNs: number, toNs: number | null, lot: string) =>
  book.put([{ machine, fromNs: BigInt(fromNs), toNs: toNs === null ? null : BigInt(toNs), lot }])
const lots = (book: ContextBook, machine: string, until: number): string =>
  Array.from({ length: until }, (_, ns) => book.at(machine, BigInt(ns))?.lot ?? '.').join('')

describe('the context book', () => {
  it('holds an interval from its start up to, and not including, its end', () => {
    const book = new ContextBook()
    put(book, 'm', 2, 5, 'A')
    expect(lots(book, 'm', 7)).toBe('..AAA..')
  })

  it('lets the interval posted later win where two overlap, and the older one go on around it', () => {
    const book = new ContextBook()
    put(book, 'm', 1, null, 'A')
    put(book, 'm', 3, 5, 'B')
    expect(lots(book, 'm', 8)).toBe('.AABBAAA')
    put(book, 'm', 0, 4, 'C')
    expect(lots(book, 'm', 8)).toBe('CCCCBAAA')
  })

  it('replaces an interval with the same start, also by a shorter one', () => {
    const book = new ContextBook()
    put(book, 'm', 1, 7, 'A')
    put(book, 'm', 1, 4, 'A')
    expect(lots(book, 'm', 8)).toBe('.AAA....')
  })

  it('forgets a deleted interval for good and brings back what it covered', () => {
    const book = new ContextBook()
    put(book, 'm', 0, 6, 'A')
    put(book, 'm', 2, 4, 'B')
    const { changes } = book.delete('m', 2n)!
    expect(lots(book, 'm', 7)).toBe('AAAAAA.')
    expect(changes).toEqual([{ machine: 'm', fromNs: 2n, toNs: 4n, before: { lot: 'B' }, after: { lot: 'A' } }])
    expect(book.delete('m', 2n)).toBeNull()
  })

  it('names exactly the stretches in which a correction changed something', () => {
    const book = new ContextBook()
    put(book, 'm', 0, 40, '17')
    put(book, 'm', 40, null, '18')
    const { changes } = put(book, 'm', 0, 20, '17')
    expect(changes).toEqual([{ machine: 'm', fromNs: 20n, toNs: 40n, before: { lot: '17' }, after: null }])
  })

  it('refuses an interval that ends before it starts, and values that would break out of a tag', () => {
    const book = new ContextBook()
    expect(() => put(book, 'm', 5, 5, 'A')).toThrow(RangeError)
    expect(() => put(book, 'm', 0, 5, 'A\nmachine_signal value=1')).toThrow(/control character/)
    expect(() => put(book, 'm', 0, 5, 'A\\')).toThrow(/backslash/)
    expect(book.machines).toEqual([])
  })

  it('escapes what line protocol would read as its own', () => {
    expect(encodeContext({ lot: 'a b', operator: 'x=1,y' })).toBe(',lot=a\\ b,operator=x\\=1\\,y')
  })

  const anyInterval = fc.record({
    from: fc.integer({ min: -5, max: 30 }),
    length: fc.option(fc.integer({ min: 1, max: 12 })),
    lot: fc.constantFrom('A', 'B', 'C'),
  })

  it('says at every instant what the last statement that covers it says, whatever was posted in which order', () => {
    fc.assert(
      fc.property(fc.array(anyInterval, { maxLength: 12 }), (posts) => {
        const book = new ContextBook()
        const kept = new Map<number, { from: number; to: number; lot: string; order: number }>()
        posts.forEach(({ from, length, lot }, order) => {
          put(book, 'm', from, length === null ? null : from + length, lot)
          kept.set(from, { from, to: length === null ? Number.POSITIVE_INFINITY : from + length, lot, order })
        })
        for (let ns = -8; ns < 50; ns++) {
          const holding = [...kept.values()]
            .filter((one) => one.from <= ns && ns < one.to)
            .sort((a, b) => b.order - a.order)[0]
          expect(book.at('m', BigInt(ns))?.lot).toBe(holding?.lot)
          const seconds = Math.floor(ns / 1e9)
          const machine = book.machine('m')
          const piece = machine?.pieceAt(seconds, ns - seconds * 1e9) ?? -1
          const bounds = new Float64Array(4)
          const tags = piece === -1 ? '' : machine!.copyPiece(piece, bounds, 0)
          expect(tags).toBe(holding === undefined ? '' : `,lot=${holding.lot}`)
          if (piece !== -1) expect(bounds[0]! * 1e9 + bounds[1]!).toBeLessThanOrEqual(ns)
          if (piece !== -1) expect(bounds[2]! * 1e9 + bounds[3]!).toBeGreaterThan(ns)
        }
      }),
    )
  })

  it('is the same after a restart that applies the same operations', () => {
    fc.assert(
      fc.property(fc.array(anyInterval, { maxLength: 8 }), (posts) => {
        const book = new ContextBook()
        const again = new ContextBook()
        for (const { from, length, lot } of posts) {
          const { operation } = put(book, 'm', from, length === null ? null : from + length, lot)
          again.apply(operation)
        }
        expect(again.pieces('m')).toEqual(book.pieces('m'))
        expect(again.revision).toBe(book.revision)
      }),
    )
  })

  it('takes 100,000 intervals of one machine in one post within a second or so', () => {
    const book = new ContextBook()
    const intervals: Omit<ContextInterval, 'revision'>[] = Array.from({ length: 100_000 }, (_, i) => ({
      machine: 'm',
      fromNs: BigInt(i) * 60_000_000_000n,
      toNs: BigInt(i + 1) * 60_000_000_000n,
      lot: `L${i}`,
    }))
    const started = performance.now()
    book.put(intervals)
    expect(book.at('m', 59_999n * 60_000_000_000n + 1n)?.lot).toBe('L59999')
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})
