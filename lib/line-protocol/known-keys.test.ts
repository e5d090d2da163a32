import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KnownKeys } from './known-keys.ts'
import { hashKey, LineScanner } from './scan.ts'

const seen = (scanner: LineScanner, bytes: Buffer) => {
  const scan = scanner.scan(bytes, { crlf: true, unitNs: 1n })
  const { count, bad, ...columns } = scan
  return {
    count,
    bad,
    columns: Object.entries(columns).map(([name, column]) => [name, [...column.subarray(0, count)]]),
  }
}

describe('keys that a scan has met', () => {
  it('change nothing of what it finds, whatever came before', () => {
    const word = fc.constantFrom(
      'm',
      'm,a=1',
      'm,a=1,b=22',
      'm,a=1,b=2',
      'm,a=12',
      'm,a=1\\ 2',
      'm,b=1,a=1',
      'n,a=1',
      'm,a=',
    )
    const rest = fc.constantFrom(' v=1 5', ' v=2i', ' v="x y" 7', '', ' v=', '  v=1 5', ',c=3 v=1', ' v=t 9\r')
    const body = fc
      .array(fc.tuple(word, rest), { maxLength: 30 })
      .map((lines) => Buffer.from(lines.map((parts) => parts.join('')).join('\n')))
    const used = new LineScanner()
    fc.assert(
      fc.property(body, fc.nat(40), (bytes, cut) => {
        const part = bytes.subarray(0, Math.max(0, bytes.length - cut))
        for (const one of [bytes, part, bytes]) expect(seen(used, one)).toEqual(seen(new LineScanner(), one))
      }),
      { numRuns: 400 },
    )
  })

  it('are kept up to a limit, and anew after many more lines', () => {
    const known = new KnownKeys()
    const note = (text: string, before = -1): number => {
      const bytes = Buffer.from(`${text} `)
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
      const key = known.note(before, view, 0, text.length, ...hashKey(bytes, 0, text.length))
      if (key !== -1) expect(known.standsAt(key, view, 0)).toBe(true)
      return key
    }
    const first = note('first')
    expect(note('x'.repeat(2_000))).toBe(-1)
    let last = first
    let kept = 1
    for (let i = 0; i < 30_000; i++) {
      const key = note(`machine,number=${i},${'t'.repeat(100)}=v`, last)
      if (key === -1) break
      expect(known.after(last)).toBe(key)
      last = key
      kept++
    }
    expect(kept).toBeGreaterThan(10_000)
    expect(kept).toBeLessThan(20_000)
    expect(note('first')).toBe(first)
    known.renew(1_000)
    expect(note('one more')).toBe(-1)
    known.renew(2_000_000)
    expect(note('one more')).toBe(0)
    expect(known.after(0)).toBe(-1)
  })
})
