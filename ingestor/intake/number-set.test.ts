import fc from 'fast-check'
import { expect, it } from 'vitest'
import { NumberSet } from './number-set.ts'

it('a set of numbers has what was added, as a Set would say', () => {
  const number = fc.oneof(
    fc.nat(40),
    fc.bigInt({ min: 0n, max: 2n ** 53n - 2n }).map(Number),
    fc.constantFrom(0, 2 ** 31, 2 ** 32, 2 ** 52, 2 ** 53 - 2),
  )
  fc.assert(
    fc.property(fc.array(number, { maxLength: 300 }), fc.array(number), (added, asked) => {
      const ours = new NumberSet()
      const theirs = new Set<number>()
      for (const one of added) {
        ours.add(one)
        theirs.add(one)
        expect(ours.size).toBe(theirs.size)
      }
      for (const one of [...added, ...asked]) expect(ours.has(one)).toBe(theirs.has(one))
    }),
  )
})

it('stays quick with hundreds of thousands that differ in a few bits', () => {
  const set = new NumberSet()
  const startedMs = performance.now()
  for (let i = 0; i < 300_000; i++) set.add(i * 4_096)
  for (let i = 0; i < 300_000; i++) set.add((i * 4_294_967_296) / 4_096)
  expect(set.size).toBeGreaterThan(590_000)
  // A second would be hundreds of slots looked at for each.
  expect(performance.now() - startedMs).toBeLessThan(3_000)
})
