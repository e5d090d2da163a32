import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ContextBook } from '../context/book.ts'
import { Machines } from './machines.ts'

const ns = fc
  .integer({ min: -3_000_000_000, max: 3_000_000_000 })
  .map((n) => BigInt(Math.round(n / 5e8)) * 500_000_000n)
const machine = fc.constantFrom('a', 'b', 'c')
const step = fc.oneof(
  fc.record({
    kind: fc.constant('put' as const),
    machine,
    fromNs: ns,
    toNs: fc.option(ns),
    lot: fc.constantFrom('1', 'zwölf'),
  }),
  fc.record({ kind: fc.constant('ask' as const), machine, atNs: ns }),
)

it('machines in any order have the context of the time asked for, as the book says now', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const book = new ContextBook()
      const machines = new Machines(book)
      // More machines than there is room for at first.
      for (let i = 0; i < 100; i++) machines.numberOf(`other ${i}`)
      for (const one of steps)
        if (one.kind === 'put') {
          const { fromNs, toNs, lot } = one
          if (toNs === null || toNs > fromNs) book.put([{ machine: one.machine, fromNs, toNs, lot }])
        } else {
          machines.refresh()
          const seconds = Math.floor(Number(one.atNs) / 1e9)
          const nanoseconds = Number(one.atNs - BigInt(seconds) * 1_000_000_000n)
          const lot = book.at(one.machine, one.atNs)?.lot
          for (let twice = 0; twice < 2; twice++)
            expect(machines.tags.textOf(machines.tagsAt(machines.numberOf(one.machine), seconds, nanoseconds))).toBe(
              lot === undefined ? '' : `,lot=${lot}`,
            )
        }
    }),
    { numRuns: 500 },
  )
})
