import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Plant } from '../../lib/plant/model.ts'
import { readPlant } from '../../lib/plant/read-plant.ts'
import { makeTemporaryFolder, removeFolder } from '../../test/support/temporary-folder.ts'
import { decodeRuns, type Precision } from '../accepted-write.ts'
import { ContextBook } from '../context/book.ts'
import { Pseudonyms } from '../context/pseudonyms.ts'
import { FieldTypes } from './field-types.ts'
import { Machines } from './machines.ts'
import { Ranges } from './ranges.ts'
import { Rights, type TokenScope } from './rights.ts'
import { SenderBook, type SeriesLimits } from './sender-book.ts'
import { SeriesBudget } from './series-budget.ts'
import { type IntakeTools, takeLines } from './take.ts'
import type { Taken, TakenLines } from './taken.ts'
import { Turns } from './turns.ts'

const everything: TokenScope = { id: 't', buckets: null, measurements: null, forcedTags: {}, seriesMax: null }
const limits: SeriesLimits = { tagsMax: 8, keyBytesMax: 4_096, seriesPerTokenMax: 1_000, seriesPerMachineMax: 500 }
const arrivalNs = 1_700_000_000_123_456_789n

/** A door for tests: what one token sends, in order. */
function door(
  scope: Partial<TokenScope> = {},
  more: { plant?: Plant; limits?: Partial<SeriesLimits>; pseudonyms?: Pseudonyms } = {},
) {
  const context = new ContextBook()
  const machines = new Machines(context)
  const ranges = new Ranges(more.plant ?? null)
  const all = { ...limits, ...more.limits }
  const budget = new SeriesBudget(all.seriesPerTokenMax, all.seriesPerMachineMax)
  const book = new SenderBook(
    new Rights({ ...everything, ...scope }),
    budget,
    machines,
    ranges,
    all,
    more.pseudonyms ?? null,
  )
  const tools: IntakeTools = {
    fieldTypes: new FieldTypes(),
    machines,
    ranges,
    aheadMaxSeconds: 86_400,
    lineBytesMax: 100_000,
  }
  const batchOf = (text: string, precision: Precision) =>
    ({ bytes: Buffer.from(text), bucket: 'b', precision, tokenId: 't', arrivalNs }) as const
  const shown = (taken: Taken) => ({
    ...taken,
    text: textOf(taken.good),
    runs: decodeRuns(taken.good.contextRuns.bytes, 0, taken.good.contextRuns.count).runs,
    reasons: taken.bad.map((b) => b.reason),
  })
  const take = (text: string, precision: Precision = 'ns') => shown(takeLines(batchOf(text, precision), book, tools))
  const turns = new Turns(tools)
  const takeInTurns = async (text: string, precision: Precision = 'ns') =>
    shown(
      await new Promise<Taken>((resolve, reject) =>
        turns.take(batchOf(text, precision), book, (error, taken) => (taken === null ? reject(error) : resolve(taken))),
      ),
    )
  return { context, budget, book, take, takeInTurns }
}
/** The tags of each line, one by one: runs may be cut anywhere. */
const tagsByLine = (runs: readonly { readonly lines: number; readonly tags: string }[]): string[] =>
  runs.flatMap(({ lines, tags }) => Array.from({ length: lines }, () => tags))
const textOf = ({ parts }: TakenLines): string => Buffer.concat(parts).toString()
const places = (bad: readonly { line: number; offset: number; reason: string }[]) =>
  bad.map(({ line, offset, reason }) => [line, offset, reason])

describe('the lines of a body', () => {
  it('go on in one piece where nothing is wrong, comments and blank lines left out', () => {
    const plain = 'm v=1 1\nm,t=a s="x" 2\n'
    const { good, text } = door().take(plain)
    expect([text, good.lines, good.parts.length]).toEqual([plain, 2, 1])
    expect(door().take('m v=1 1\n# note\n\n  m v=2 2').text).toBe('m v=1 1\nm v=2 2\n')
  })

  it('keep what they lack: a time is the arrival’s, and stamped when they leave', () => {
    const { text, good } = door().take('m v=1\nm v=2 1700000000\nm v=3 ', 's')
    expect([text, good.withoutTime]).toEqual(['m v=1\nm v=2 1700000000\nm v=3\n', 2])
    expect(good.extent).toEqual({ fromSeconds: 1_700_000_000, toSeconds: 1_700_000_000 })
  })

  it('stay good around a bad one, which is told with its place', () => {
    const { text, bad, good } = door().take('m v=1 1\nm v=2 2\nm v= 3\nm v=4 4\n')
    expect([text, good.lines]).toEqual(['m v=1 1\nm v=2 2\nm v=4 4\n', 3])
    expect(places(bad)).toEqual([[3, 16, 'missing field value']])
    expect(Buffer.from(bad[0]!.bytes).toString()).toBe('m v= 3')
  })

  it('with a quote that is never closed lose that line alone', () => {
    const { text, bad } = door().take('m v=1 1\nm v="open 2\nm v=3 3\nbad\nm v=5 5')
    expect(text).toBe('m v=1 1\nm v=3 3\nm v=5 5\n')
    expect(places(bad)).toEqual([
      [2, 8, 'unbalanced quotes'],
      [4, 28, 'missing fields'],
    ])
    expect(Buffer.from(bad[0]!.bytes).toString()).toBe('m v="open 2')
  })

  it('are judged in time that grows with their length, also when every line leaves a quote open', () => {
    const startedMs = performance.now()
    for (const line of ['m v="\n', 'm v="\\"\n', 'm v=\\"\n']) door().take(line.repeat(200_001))
    expect(performance.now() - startedMs).toBeLessThan(20_000)
  })

  it('inside of a text count as lines', () => {
    const { text, bad } = door().take('m v="a\nb\nc" 1\nbad\n')
    expect(places(bad)).toEqual([[4, 14, 'missing fields']])
    expect(text).toBe('m v="a\nb\nc" 1\n')
  })

  it('of Windows lose the carriage returns of their ends and no other', () => {
    expect(door().take('m v=1 1\r\nm v=2\r\nm s="a\r\nb" 2\r\n').text).toBe('m v=1 1\nm v=2\nm s="a\r\nb" 2\n')
  })

  it('are the same in one piece and in many', () => {
    const lines = Array.from({ length: 30_000 }, (_, i) =>
      i % 977 === 3 ? `bad ${i}` : i % 1000 === 7 ? `m s="a\nb" ${i}` : `m,t=${i % 900} v=${i} ${i}`,
    )
    const { text, bad, good } = door().take(lines.join('\n'))
    expect([bad.length, good.lines]).toEqual([31, 30_000 - 31])
    expect(text).toBe(`${lines.filter((line) => !line.startsWith('bad')).join('\n')}\n`)
    const before = lines.slice(0, lines.indexOf(`bad ${977 * 4 + 3}`)).join('\n')
    expect([bad[4]!.offset, bad[4]!.line]).toEqual([before.length + 1, before.split('\n').length + 1])
  })
})

describe('a large body that is taken in turns', () => {
  const lineOf = (i: number): string =>
    [
      `m,machine=M${i % 7} v=${i} ${1_600_000_000_000 + i}`,
      `m,machine=M${i % 7},t=a s="two\nlines" ${1_600_000_000_000 + i}`,
      `m,machine=M${i % 7} v=wrong`,
      `n,t=\\, s="a quote \\" in it" 5`,
      'm v=1i',
      'n s="left open 1',
      `m,machine=M${i % 7} v=${i}`,
    ][(i * 31) % (i % 50 === 0 ? 7 : 5)]!
  const text = Array.from({ length: 12_000 }, (_, i) => `${lineOf(i)}\n`).join('')

  it('gives what it gives in one go', async () => {
    const [once, turns] = [door(), door()]
    for (const { context } of [once, turns]) context.put([{ machine: 'M1', fromNs: 0n, toNs: null, lot: 'A' }])
    const whole = once.take(text, 'ms')
    const taken = await turns.takeInTurns(text, 'ms')
    expect(whole.bad.length).toBeGreaterThan(100)
    expect(taken.text).toBe(whole.text)
    expect(taken.good.lines).toBe(whole.good.lines)
    expect(taken.good.extent).toEqual(whole.good.extent)
    expect(places(taken.bad)).toEqual(places(whole.bad))
    expect(taken.badTogether.map(({ bytes }) => bytes.toString())).toEqual(
      whole.badTogether.map(({ bytes }) => bytes.toString()),
    )
    expect(tagsByLine(taken.runs)).toEqual(tagsByLine(whole.runs))
    expect(new Set(tagsByLine(whole.runs))).toContain(',lot=A')
  })

  it('has the right context on every line, though others are taken and context is posted meanwhile', async () => {
    const { context, take, takeInTurns } = door()
    const put = (machine: string, lot: string): unknown => context.put([{ machine, fromNs: 0n, toNs: null, lot }])
    for (let i = 0; i < 9; i++) put(`M${i}`, `L${i}`)
    const own = [0, 1, 2].map((body) => Array.from({ length: 8_000 }, (_, i) => 3 * body + (i % 3)))
    const bodies = own.map((machines) => takeInTurns(machines.map((m, i) => `m,machine=M${m} v=1 ${i}\n`).join('')))
    let isOver = false
    const all = Promise.all(bodies).finally(() => {
      isOver = true
    })
    for (let i = 0; !isOver; i++) {
      put(`other${i}`, `X${i}`)
      expect(take(`m,machine=other${i} v=1 1\n`).runs).toEqual([{ lines: 1, tags: `,lot=X${i}` }])
      await new Promise((resolve) => setImmediate(resolve))
    }
    const taken = await all
    for (const [body, { runs }] of taken.entries())
      expect(tagsByLine(runs)).toEqual(own[body]!.map((machine) => `,lot=L${machine}`))
  })

  it('has no runs where no line has a context', async () => {
    expect((await door().takeInTurns(text, 'ms')).good.contextRuns.count).toBe(0)
  })
})

describe('a token', () => {
  it('writes no other measurement than it may', () => {
    const { text, reasons } = door({ measurements: ['temperature'] }).take('temperature v=1 1\npressure v=1 1\n')
    expect(text).toBe('temperature v=1 1\n')
    expect(reasons).toEqual(['this token may not write the measurement "pressure" (it may: temperature)'])
  })

  it('puts its forced tags on every line, and writes as nobody else', () => {
    const { runs, good, reasons } = door({ forcedTags: { machine: 'press 1' } }).take(
      'm v=1 1\nm,machine=press\\ 1 v=2 2\nm,machine=press-2 v=3 3\n',
    )
    expect(runs).toEqual([
      { lines: 1, tags: ',machine=press\\ 1' },
      { lines: 1, tags: '' },
    ])
    expect(good.lines).toBe(2)
    expect(reasons).toEqual(['this token writes as machine=press 1; the line says machine=press-2'])
  })

  it('that makes ever new series is refused beyond its budget, and told which tag it is', () => {
    const { take, budget } = door({}, { limits: { seriesPerTokenMax: 100 } })
    const lines = Array.from({ length: 300 }, (_, i) => `m,host=a,request=r${i} v=1 1`)
    const { good, bad, badTogether } = take(lines.join('\n'))
    expect([good.lines, bad.length, budget.used, budget.refused]).toEqual([100, 100, 100, 200])
    // The others of them, which all have the same fault, are kept together.
    expect(badTogether.map((one) => [one.line, one.lines, one.bytes.toString()])).toEqual([
      [201, 100, `${lines.slice(200).join('\n')}\n`],
    ])
    expect(bad[0]!.reason).toContain('the tag with the most values is "request" (100)')
    expect(take('m,host=a,request=r5 v=2 2\n').good.lines).toBe(1)
  })

  it('has a budget for each machine too, and lots do not count', () => {
    const { take } = door({}, { limits: { seriesPerMachineMax: 3 } })
    const lots = Array.from({ length: 50 }, (_, i) => `m,lot=L${i},machine=a v=1 1`).join('\n')
    expect(take(lots).good.lines).toBe(50)
    const sensors = (machine: string) =>
      Array.from({ length: 4 }, (_, i) => `m,machine=${machine},sensor=s${i} v=1 1`).join('\n')
    expect(take(sensors('a')).good.lines).toBe(2)
    expect(take(sensors('b')).good.lines).toBe(3)
  })
})

describe('context', () => {
  it('is that of each point’s own time, and none where the sender gives its own', () => {
    const { context, take } = door()
    context.put([
      { machine: 'press', fromNs: 100n * 1_000_000_000n, toNs: 200n * 1_000_000_000n, lot: 'L1', product: 'P' },
      { machine: 'press', fromNs: 200n * 1_000_000_000n, toNs: null, lot: 'L2' },
    ])
    const at = (second: number, tags = ',machine=press') => `m${tags} v=1 ${second}`
    const lines = [at(99), at(100), at(199), at(200), at(200, ',machine=other'), at(200, ',lot=X,machine=press')]
    expect(take(lines.join('\n'), 's').runs).toEqual([
      { lines: 1, tags: '' },
      { lines: 2, tags: ',lot=L1,product=P' },
      { lines: 1, tags: ',lot=L2' },
      { lines: 2, tags: '' },
    ])
  })

  it('that is posted later holds for lines that come later, also of series met before', () => {
    const { context, take } = door()
    expect(take('m,machine=a v=1 5000000000\n').runs).toEqual([])
    context.put([{ machine: 'a', fromNs: 0n, toNs: null, lot: 'L' }])
    expect(take('m,machine=a v=1 5000000001\n').runs).toEqual([{ lines: 1, tags: ',lot=L' }])
    context.delete('a', 0n)
    expect(take('m,machine=a v=1 5000000002\n').runs).toEqual([])
  })

  it.each([
    ['ns', '1500000000000000123'],
    ['us', '1500000000000000'],
    ['ms', '1500000000000'],
    ['s', '1500000000'],
  ] as const)('is found in every precision: %s', (precision, time) => {
    const { context, take } = door()
    context.put([{ machine: 'a', fromNs: 1_500_000_000_000_000_000n, toNs: 1_500_000_000_000_000_124n, lot: 'L' }])
    expect(take(`m,machine=a v=1 ${time}\n`, precision).runs).toEqual([{ lines: 1, tags: ',lot=L' }])
  })
})

describe('an operator that a device names itself', () => {
  it('is kept as a pseudonym where names are not to be kept, on lines good, widened and of a token', async () => {
    const folder = await makeTemporaryFolder()
    try {
      const pseudonyms = await Pseudonyms.open(join(folder, 'key'))
      const anna = pseudonyms.of('Anna, Schmidt')
      const { take } = door({ forcedTags: { site: 'a' } }, { pseudonyms })
      const { text, runs, good } = take(
        'm,operator=Anna\\,\\ Schmidt,machine=x  v=1.5 1\nm,machine=x v=1.5 2\n' +
          `m,operator=Anna\\,\\ Schmidt,machine=x v=2i 3\nm,a=operator\\=x,operator=${anna} v=3.5\nm,xoperator=Anna v=1.5 5\r\n`,
      )
      expect(text).toBe(
        `m,operator=${anna},machine=x  v=1.5 1\nm,machine=x v=1.5 2\n` +
          `m,operator=${anna},machine=x v=2 3\nm,a=operator\\=x,operator=${anna} v=3.5\nm,xoperator=Anna v=1.5 5\n`,
      )
      expect(runs).toEqual([{ lines: 5, tags: ',site=a' }])
      expect(good.lines).toBe(5)
      const forced = door({ forcedTags: { operator: 'Anna, Schmidt' } }, { pseudonyms }).take('m v=1 1\n')
      expect(forced.runs).toEqual([{ lines: 1, tags: `,operator=${anna}` }])
      expect(door().take('m,operator=Anna v=1 1\n').text).toBe('m,operator=Anna v=1 1\n')
    } finally {
      await removeFolder(folder)
    }
  })
})

describe('lots that a device names itself', () => {
  it('are no matter of its budget, and what is remembered of them stays small', () => {
    const { book, take } = door({}, { limits: { seriesPerTokenMax: 10 } })
    for (let from = 0; from < 300_000; from += 30_000) {
      const lines = Array.from({ length: 30_000 }, (_, i) => `m,lot=${from + i},machine=a v=1 ${from + i + 1}`)
      expect(take(lines.join('\n'), 's')).toMatchObject({ reasons: [], text: `${lines.join('\n')}\n` })
      expect(book.table.size).toBeLessThanOrEqual(1 << 16)
    }
    expect(book.budget.used).toBe(1)
  })
})

describe('fields', () => {
  it('keep their first type: integers are widened for a float field, anything else is refused', () => {
    const { take } = door()
    const { text, reasons } = take('m v=1.5,n=1i 1\nm v=2i,n=2i 2\nm,t=a v=3u 3\nm v="x" 4\nm n=1.5 5\nm,t=a v=-4i\n')
    expect(text).toBe('m v=1.5,n=1i 1\nm v=2,n=2i 2\nm,t=a v=3 3\nm,t=a v=-4\n')
    expect(reasons).toEqual([
      'field type conflict: input field "v" on measurement "m" is type string, already exists as type float; send it as float or under another name',
      'field type conflict: input field "n" on measurement "m" is type float, already exists as type integer; send it as integer or under another name',
    ])
  })

  it('of a refused line teach nothing', () => {
    const { take } = door()
    take('m v=1 1\nm v="x",w=1i 2\n')
    expect(take('m w=1.5 3\n').reasons).toEqual([])
  })
})

describe('plausible ranges', () => {
  it('hold for numbers of every kind and no other value, both ends included', () => {
    const plant = readPlant(`version: 1
name: P
sites:
  - id: s
    name: S
    timeZone: UTC
    currency: EUR
    energyPrice: 0.3
    lines:
      - id: l
        name: L
        machines:
          - id: m
            name: M
            sensors:
              - { measurement: temperature, id: t, name: T, unit: C, kind: gauge, every: 1m, range: [-5, 100.5] }
`)
    const { take } = door({}, { plant })
    const inside = ['-5', '-5i', '100.5', '100u', '1e2', '0.', '.5', '-.5', 't', 'FALSE', '"999"', '5,b="x",c=true']
    const outside = ['-5.01', '-6i', '100.6', '101u', '101i', '1e3', '1E+3', '-1e3', '5,d=1000', '"x",e=1000i']
    for (const [i, value] of [...inside, ...outside].entries()) {
      const line = `temperature,machine=m,sensor=t f${i}=${value} 1\n`
      const { text, quarantined } = take(line)
      expect([text, textOf(quarantined)]).toEqual(i < inside.length ? [line, ''] : ['', line])
    }
    expect(take('temperature,machine=other,sensor=t g=1000 1\n').good.lines).toBe(1)
  })
})

describe('times', () => {
  it('ahead of the clock, or in another precision, are refused with the guess named', () => {
    const { take } = door()
    expect(take('m v=1 1700000000000\n', 's').reasons[0]).toMatch(/it looks like ms: send it with precision=ms$/)
    expect(take('m v=1 1700000000\n').reasons[0]).toMatch(/1970-01-01T00:00:01\.7Z .* it looks like s/)
    expect(take('m v=1 1700000000000000\n').reasons[0]).toMatch(/it looks like us/)
    expect(take('m v=1 1700100000000000000\n').reasons[0]).toMatch(/more than 86400 s ahead of the server's clock/)
  })

  it('that are years old pass, and 1970 too', () => {
    const { take } = door()
    expect(take('m v=1 1\nm v=1 -5\nm v=1 1000000000000000000\nm v=1 1700050000000000000\n').reasons).toEqual([])
  })
})
