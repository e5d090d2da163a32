import { describe, expect, it } from 'vitest'
import { validate } from './validate.ts'

const check = (text: string, precision: 'ns' | 's' = 'ns') => {
  const bytes = Buffer.from(text)
  const result = validate({ bytes, bucket: 'b', precision, tokenId: 't', arrivalNs: 1_700_000_000_123_456_789n }, 10)
  return { ...result, same: result.bytes === bytes, text: Buffer.from(result.bytes).toString() }
}

describe('a body', () => {
  it('without a fault goes on as it is, comments and blank lines too', () => {
    expect(check('m v=1 1\n# note\n\nm,t=a v="x" 2')).toMatchObject({ same: true, goodLines: 2, badLines: 0 })
  })

  it('gets times where it has none, in its own unit', () => {
    expect(check('m v=1\nm v=2 5\nm v=3 ', 's').text).toBe('m v=1 1700000000\nm v=2 5\nm v=3 1700000000\n')
  })

  it('keeps its good lines in one piece around a bad one', () => {
    const result = check('m v=1 1\nm v=2 2\nm v= 3\nm v=4 4\n')
    expect([result.text, result.goodLines, result.badLines]).toEqual(['m v=1 1\nm v=2 2\nm v=4 4\n', 3, 1])
    expect(result.errors).toEqual([{ line: 3, offset: 16, reason: 'missing field value' }])
  })

  it('with a quote that is never closed loses that line alone', () => {
    const result = check('m v=1 1\nm v="open 2\nm v=3 3\nbad\nm v=5 5')
    expect([result.text, result.goodLines, result.badLines]).toEqual(['m v=1 1\nm v=3 3\nm v=5 5\n', 3, 2])
    expect(result.errors).toEqual([
      { line: 2, offset: 8, reason: 'unbalanced quotes' },
      { line: 4, offset: 28, reason: 'missing fields' },
    ])
  })

  it('is judged in time that grows with its length, also when every line leaves a quote open', () => {
    const startedMs = performance.now()
    check('m v="\n'.repeat(200_001))
    check('m v="\\"\n'.repeat(200_001))
    check('m v=\\"\n'.repeat(200_001))
    expect(performance.now() - startedMs).toBeLessThan(5_000)
  })

  it('counts the lines inside a text as lines', () => {
    const result = check('m v="a\nb\nc" 1\nbad\n')
    expect(result.errors).toEqual([{ line: 4, offset: 14, reason: 'missing fields' }])
    expect(result.text).toBe('m v="a\nb\nc" 1\n')
  })

  it('of Windows loses the carriage returns of its line ends and no other', () => {
    expect(check('m v=1 1\r\nm v="a\r\nb" 2\r\n').text).toBe('m v=1 1\nm v="a\r\nb" 2\n')
  })

  it('of any length is the same in one piece and in many', () => {
    const lines = Array.from({ length: 30_000 }, (_, i) =>
      i % 977 === 3
        ? `bad ${i}`
        : i % 1000 === 7
          ? `m v="a\nb" ${i}`
          : i % 5003 === 9
            ? `m,t=a\\\nb v=1 ${i}`
            : `m,t=${i} v=${i} ${i}`,
    )
    const { text, errors, goodLines, badLines } = check(lines.join('\n'))
    expect(badLines).toBe(31)
    expect(goodLines).toBe(30_000 - 31)
    expect(text).toBe(`${lines.filter((line) => !line.startsWith('bad')).join('\n')}\n`)
    const fifth = errors[4]!
    const before = lines
      .slice(
        0,
        lines.findIndex((line) => line === `bad ${977 * 4 + 3}`),
      )
      .join('\n')
    expect([fifth.offset, fifth.line]).toEqual([before.length + 1, before.split('\n').length + 1])
  })

  it('of millions of faults costs little memory', () => {
    const startRss = process.memoryUsage().rss
    expect(check('a\n'.repeat(4_000_000)).badLines).toBe(4_000_000)
    expect(process.memoryUsage().rss - startRss).toBeLessThan(200e6)
  })
})
