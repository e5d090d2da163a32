import { bench, describe, expect } from 'vitest'
import { ContextBook } from '../ingestor/context/book.ts'
import { FieldTypes } from '../ingestor/intake/field-types.ts'
import { Machines } from '../ingestor/intake/machines.ts'
import { Ranges } from '../ingestor/intake/ranges.ts'
import { Rights } from '../ingestor/intake/rights.ts'
import { SenderBook } from '../ingestor/intake/sender-book.ts'
import { SeriesBudget } from '../ingestor/intake/series-budget.ts'
import { takeLines } from '../ingestor/intake/take.ts'

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

const context = new ContextBook()
const machines = new Machines(context)
const ranges = new Ranges(null)
const book = new SenderBook(
  new Rights({ id: 't', buckets: null, measurements: null, forcedTags: {}, seriesMax: null }),
  new SeriesBudget(1_000_000, 1_000_000),
  machines,
  ranges,
  { tagsMax: 64, keyBytesMax: 60_000, seriesPerTokenMax: 1_000_000, seriesPerMachineMax: 1_000_000 },
  null,
)
const tools = { fieldTypes: new FieldTypes(), machines, ranges, aheadMaxSeconds: 86_400, lineBytesMax: 1 << 20 }

describe(`take ${lines} lines of 8 tags and 3 fields apart`, () => {
  for (const [name, bytes] of Object.entries(bodies))
    bench(
      name,
      () => {
        const batch = {
          bytes,
          bucket: 'b',
          precision: 'ns',
          tokenId: 't',
          arrivalNs: 1_700_000_001_000_000_000n,
        } as const
        const { good, bad, badTogether } = takeLines(batch, book, tools)
        const together = badTogether.reduce((sum, one) => sum + one.lines, 0)
        expect(good.lines + bad.length + together).toBe(lines)
      },
      { throws: true, iterations: 5, warmupIterations: 1, time: 0, warmupTime: 0 },
    )
})
