import { bench, describe, expect } from 'vitest'
import { validate } from '../ingestor/validate/validate.ts'

const lines = process.env['BENCH'] === 'full' ? 500_000 : 5_000
const tags = 'line=press,lot=L17,machine=press-1,operator=anna,order=O5,product=P100,sensor=oil,site=hillside'
const bodyOf = (line: (i: number) => string): Buffer =>
  Buffer.from(Array.from({ length: lines }, (_, i) => line(i)).join('\n'))
const plain = (i: number): string =>
  `machine_signal,${tags} value=${i / 8},good=${i}i,on=true ${1_700_000_000_000_000_000n + BigInt(i)}`
const bodies = {
  'plain lines': bodyOf(plain),
  'one bad line in 5,000': bodyOf((i) => (i % 5_000 === 77 ? 'bad' : plain(i))),
  'lines without a time': bodyOf((i) => plain(i).replace(/ \d+$/, '')),
  'nothing but faults': bodyOf(() => 'bad'),
}

describe(`validate ${lines} lines of 8 tags and 3 fields`, () => {
  for (const [name, bytes] of Object.entries(bodies))
    bench(
      name,
      () => {
        const result = validate(
          { bytes, bucket: 'b', precision: 'ns', tokenId: 't', arrivalNs: 1_700_000_000_000_000_000n },
          100,
        )
        expect(result.goodLines + result.badLines).toBe(lines)
      },
      { throws: true, iterations: 5, warmupIterations: 1, time: 0, warmupTime: 0 },
    )
})
