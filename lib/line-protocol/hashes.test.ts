import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashKey, LineScanner } from './scan.ts'

const scanner = new LineScanner()
/** Hashes of each line; `slow` adds a digit so long that the line needs the closer look. */
const hashesOf = (lines: readonly string[]) => {
  const bytes = Buffer.from(lines.join('\n'))
  const scan = scanner.scan(bytes, { crlf: true, unitNs: 1n })
  expect(scan.bad).toEqual([])
  return Array.from({ length: scan.count }, (_, i) => ({
    key: [scan.keyHashes[i]!, scan.keyHashes2[i]!],
    ofBytes: [...hashKey(bytes, scan.starts[i]!, scan.keyEnds[i]!)],
    fields: scan.fieldHashes[i]!,
  }))
}

const word = fc.stringMatching(/^[a-z]{1,5}$/)
const types = ['1.5', '-3', '7i', '7u', '"a b"', '"x"', 't', 'false', '1', '.5', '"3i"']

describe('the hashes of a scan', () => {
  it('are the same whether a line is plain or needs a closer look', () => {
    fc.assert(
      fc.property(word, fc.uniqueArray(word, { maxLength: 3 }), fc.constantFrom(...types), (m, tags, value) => {
        const key = [m, ...tags.sort().map((tag) => `${tag}=${tag}`)].join(',')
        const long = `1.${'0'.repeat(30)}`
        const [plain, same, looked, alone] = hashesOf([
          `${key} a=2,v=${value} 1`,
          `${key} a=3.5,v=${value} 2`,
          `${key} a=${long},v=${value} 3`,
          `${key} v=${value} 4`,
        ])
        expect(plain!.ofBytes).toEqual(plain!.key)
        expect([same!.key, looked!.key]).toEqual([plain!.key, plain!.key])
        expect([same!.fields, looked!.fields]).toEqual([plain!.fields, plain!.fields])
        expect(alone!.fields).not.toBe(plain!.fields)
      }),
    )
  })

  it('tell types of a field apart', () => {
    const hashes = hashesOf(['1.5', '7i', '7u', '"7i"', 't'].map((value) => `m v=${value} 1`)).map(
      ({ fields }) => fields,
    )
    expect(new Set(hashes).size).toBe(5)
  })

  it('tell 300,000 series apart', () => {
    const seen = new Set<string>()
    for (let part = 0; part < 30; part++)
      for (const { key } of hashesOf(
        Array.from({ length: 10_000 }, (_, i) => `m,machine=M${i % 100},sensor=s${part * 10_000 + i} v=1 1`),
      ))
        seen.add(key.join())
    expect(seen.size).toBe(300_000)
  })
})
