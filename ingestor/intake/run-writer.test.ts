import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ContextRun, decodeRuns } from '../accepted-write.ts'
import { RunTags } from './run-tags.ts'
import { RunWriter } from './run-writer.ts'

describe('the runs of a batch', () => {
  const text = fc.oneof(
    fc.constant(''),
    fc.string({ maxLength: 9, unit: 'grapheme' }),
    fc.stringMatching(/^,lot=\d{1,9}$/),
  )

  it('say of each line which tags it has, batch after batch, whatever was forgotten in between', () => {
    const batch = fc.record({
      forgets: fc.boolean(),
      broken: fc.array(text, { maxLength: 3 }),
      lines: fc.array(
        fc.record({ before: fc.constantFrom('', ',site=north'), tags: text, times: fc.integer({ min: 1, max: 4 }) }),
      ),
    })
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 6 }), (batches) => {
        const tags = new RunTags()
        const writer = new RunWriter(tags)
        for (const { forgets, broken, lines } of batches) {
          if (forgets) tags.clear()
          // A batch that ended in an error.
          for (const one of broken) writer.note(tags.numberOf(one))
          writer.clear()
          const expected: string[] = []
          for (const { before, tags: own, times } of lines)
            for (let i = 0; i < times; i++) {
              const number = tags.numberOf(own)
              writer.note(before === '' ? number : tags.numberBehind(before, number))
              expected.push(before + own)
            }
          const { count, bytes } = writer.finish()
          const { runs, end } = decodeRuns(bytes, 0, count)
          expect(end).toBe(bytes.length)
          const told = runs.flatMap(({ lines, tags }: ContextRun) => Array.from({ length: lines }, () => tags))
          if (expected.every((one) => one === '')) expect(told).toEqual([])
          else expect(told).toEqual(expected)
          expect(runs.some(({ tags }, i) => tags === runs[i + 1]?.tags)).toBe(false)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('may be as many as a batch has lines', () => {
    const tags = new RunTags()
    const writer = new RunWriter(tags)
    for (let i = 0; i < 200_000; i++) writer.note(tags.numberOf(`,lot=LOT-${i},product=P-${i % 50}`))
    const { count, bytes } = writer.finish()
    const { runs } = decodeRuns(bytes, 0, count)
    expect(runs.length).toBe(200_000)
    expect(runs.every((run, i) => run.lines === 1 && run.tags === `,lot=LOT-${i},product=P-${i % 50}`)).toBe(true)
    expect(tags.isFull).toBe(false)
  })

  it('have no room for more than 65,535 bytes of tags: that is said, not cut', () => {
    const tags = new RunTags()
    expect(tags.textOf(tags.numberOf('ü'.repeat(32_767)))).toBe('ü'.repeat(32_767))
    expect(() => tags.numberOf('ü'.repeat(32_768))).toThrow(RangeError)
  })
})
