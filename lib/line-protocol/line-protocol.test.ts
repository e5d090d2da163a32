import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodePoint, type FieldValue, type Point } from './decode.ts'
import { formatPoint } from './format.ts'
import { judgeLine, lineEnd } from './judge.ts'
import { LineScanner, type ScanOptions } from './scan.ts'

const strict: ScanOptions = { crlf: false, unitNs: 1n }
const scanner = new LineScanner()
const points = (text: string, options: ScanOptions = strict): Point[] => {
  const bytes = Buffer.from(text)
  const scan = scanner.scan(bytes, options)
  return Array.from({ length: scan.count }, (_, i) => decodePoint(bytes, scan, i, options.unitNs, 77n))
}
const reasons = (text: string, options: ScanOptions = strict): string[] =>
  scanner.scan(Buffer.from(text), options).bad.map(({ reason }) => reason)

const name = fc
  .stringMatching(/^[a-zA-Z0-9_ ,=äß€😀"\uFEFF-]{1,8}$/u)
  .filter((text) => !['time', '_field', '_measurement'].includes(text))
const float = fc.double({ noNaN: true, noDefaultInfinity: true })
const value: fc.Arbitrary<FieldValue> = fc.oneof(
  float,
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((uint) => ({ uint })),
  fc.boolean(),
  fc.string({ maxLength: 12, unit: 'grapheme' }),
)
const point: fc.Arbitrary<Point> = fc.record({
  measurement: name,
  tags: fc
    .uniqueArray(fc.tuple(name, name), { selector: ([key]) => key, maxLength: 5 })
    .map((tags) => tags.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))),
  fields: fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, minLength: 1, maxLength: 4 }),
  timeNs: fc.bigInt({ min: -9223372036854775806n, max: 9223372036854775806n }),
})

describe('line protocol', () => {
  it('reads back every point that was written, several at once', () => {
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 4 }), (many) => {
        expect(points(many.map(formatPoint).join('\n'))).toEqual(many)
      }),
      { numRuns: 500 },
    )
  })

  it('gives a line without a time the server’s, and scales times by the precision', () => {
    expect(points('m v=1')[0]!.timeNs).toBe(77n)
    expect(points('m v=1 1700000000', { crlf: false, unitNs: 1_000_000_000n })[0]!.timeNs).toBe(
      1_700_000_000_000_000_000n,
    )
    expect(points('m v=1 -5')[0]!.timeNs).toBe(-5n)
  })

  it('names the line, its place and the reason of each bad line, and goes on behind it', () => {
    const bytes = Buffer.from('a v=1 1\n# note\n\nb v= 2\nc,x= v=1 3\nd v=4 4\n')
    const scan = scanner.scan(bytes, strict)
    expect(scan.count).toBe(2)
    expect(scan.bad).toMatchObject([
      { line: 4, byteOffset: 16, reason: 'missing field value' },
      { line: 5, byteOffset: 23, reason: 'missing tag value' },
    ])
    expect(scan.lineNumbers[1]).toBe(6)
  })

  it('takes CR LF only where it is allowed', () => {
    expect(reasons('m v=1 1\r\n')).toEqual(['bad timestamp'])
    expect(points('m v=1 1\r\nn v="a b"\r\n', { ...strict, crlf: true }).map(({ measurement }) => measurement)).toEqual(
      ['m', 'n'],
    )
  })

  it('keeps a line end inside of quotes', () => {
    expect(points('m v="a\nb" 1\nn v=1 2')).toMatchObject([{ fields: [['v', 'a\nb']] }, { measurement: 'n' }])
  })

  it('takes text after a closing quote into the string and cuts its last byte, as InfluxDB does', () => {
    expect(points('m v="on"off 1')[0]!.fields).toEqual([['v', 'on"of']])
  })

  it('goes by the byte before a comma, blank or equals sign of a key, however many backslashes stand there', () => {
    expect(points(String.raw`a\\ b,t=1 v=1 1`)).toMatchObject([{ measurement: String.raw`a\ b`, tags: [['t', '1']] }])
    expect(points(String.raw`a\\,b,t=1 v=1 1`)).toMatchObject([{ measurement: String.raw`a\,b`, tags: [['t', '1']] }])
    expect(points('m,t==b v=1 1')).toMatchObject([{ tags: [['t', '=b']] }])
    expect(reasons('m,t=a=b v=1 1')).toEqual(['invalid tag format'])
  })

  it('undoes an escaped quote in the name of a field, but not in that of a tag', () => {
    expect(points(String.raw`m,a\"=1 a\"=1 1`)).toMatchObject([{ tags: [[String.raw`a\"`, '1']], fields: [['a"', 1]] }])
  })

  it('passes over tabs and zeros before the fields, and keeps a byte order mark', () => {
    expect(points('m \tv=1 1\nm \0v=2 2').map(({ fields }) => fields)).toEqual([[['v', 1]], [['v', 2]]])
    expect(points('\uFEFFm,t=\uFEFFa v="\uFEFF" 1')).toMatchObject([
      { measurement: '\uFEFFm', tags: [['t', '\uFEFFa']], fields: [['v', '\uFEFF']] },
    ])
  })

  it('refuses the tags that InfluxDB uses itself', () => {
    expect(reasons('m,\0=a v=1 1')).toEqual([String.raw`cannot use reserved tag key "\x00"`])
    const bytes = Buffer.from('m,\xff=a v=1 1\n', 'latin1')
    expect(scanner.scan(bytes, strict).bad).toMatchObject([{ reason: String.raw`cannot use reserved tag key "\xff"` }])
  })

  it('tells tags apart whose names are no UTF-8', () => {
    expect(scanner.scan(Buffer.from('m,\xe4=a,\xfc=b v=1 1\n', 'latin1'), strict).count).toBe(1)
  })

  it('takes tags in any order, and refuses one that comes twice wherever it stands', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.stringMatching(/^[a-c]{1,3}$/), { minLength: 1, maxLength: 70 }),
        fc.nat(),
        fc.nat(),
        (names, which, where) => {
          const tags = names.map((name, i) => `${name}=${i}`)
          expect(points(`m,${tags.join(',')} v=1 1`)[0]!.tags).toEqual(
            names.map((name, i) => [name, String(i)]).sort(([a], [b]) => (a! < b! ? -1 : 1)),
          )
          tags.splice(where % (tags.length + 1), 0, `${names[which % names.length]}=x`)
          expect(reasons(`m,${tags.join(',')} v=1 1`)).toEqual(['duplicate tags'])
        },
      ),
      { numRuns: 500 },
    )
  })

  it('refuses fields that InfluxDB reads in two ways: one such line makes it crash', () => {
    const twice = 'invalid field key: it ends with a backslash'
    expect(reasons(String.raw`m tag=true,\\="x\,="`)).toEqual([twice])
    expect(reasons(String.raw`m a\\=1,b=2 1`)).toEqual([twice])
    expect(reasons(String.raw`m a="x"\,b,c=1 1`)).toEqual(['invalid field format'])
    expect(reasons('m a="x"=1,b,c=1 1')).toEqual(['invalid field format'])
  })

  it('is not written where no line can hold a name', () => {
    const fields = (name: string) => () => formatPoint({ measurement: 'm', tags: [], fields: [[name, 1]], timeNs: 1n })
    for (const name of ['a\\,b', 'a\\=b', 'a\\ b', 'a\\']) expect(fields(name)).toThrow(RangeError)
    for (const name of ['\tv', '\0v']) expect(fields(name)).toThrow('would be lost')
    expect(() => formatPoint({ measurement: '\tm', tags: [], fields: [['v', 1]], timeNs: 1n })).toThrow('would be lost')
    expect(points(fields('a\\"b')())).toMatchObject([{ fields: [['a\\"b', 1]] }])
  })

  it('counts the last of two fields of one name', () => {
    expect(points('m v=1,v=2 1')[0]!.fields).toEqual([['v', 2]])
  })

  it('takes quickly only what the reference takes, and finds the same parts (fuzz)', () => {
    const piece = fc.oneof(
      { weight: 6, arbitrary: point.map(formatPoint) },
      fc.constantFrom(
        ...'m ,=\\"\n#\r\t'.split(''),
        'v=1',
        ',a=b',
        ' 1',
        't',
        'true',
        '1i',
        '-',
        '1e5',
        '.',
        'time',
        '_field',
        'ü',
      ),
      fc.string({ maxLength: 3 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const bytes = Buffer.from(pieces.join(''))
        const scan = scanner.scan(bytes, strict)
        const good: number[][] = []
        const bad: string[] = []
        for (let i = 0; i < bytes.length; ) {
          while (i < bytes.length && (bytes[i] === 32 || bytes[i] === 9 || bytes[i] === 0)) i++
          const end = lineEnd(bytes, i)
          const verdict = judgeLine(bytes, i, end)
          if (verdict.kind === 'good') {
            const digits = verdict.timeStart === -1 ? '0' : bytes.toString('latin1', verdict.timeStart, verdict.timeEnd)
            const inRange =
              digits !== '-' && BigInt(digits) <= 9223372036854775806n && BigInt(digits) >= -9223372036854775806n
            if (inRange) good.push([i, verdict.keyEnd, verdict.fieldsStart, verdict.fieldsEnd, verdict.timeStart])
            else bad.push('time')
          } else if (verdict.kind === 'bad') bad.push(verdict.reason)
          i = end + 1
        }
        expect(
          scan.bad.map(({ reason }) =>
            /time outside|ParseInt: parsing/.test(reason) && !reason.startsWith('unable') ? 'time' : reason,
          ),
        ).toEqual(bad)
        expect(
          Array.from({ length: scan.count }, (_, k) => [
            scan.starts[k],
            scan.keyEnds[k],
            scan.fieldStarts[k],
            scan.fieldEnds[k],
            scan.timeStarts[k],
          ]),
        ).toEqual(good)
      }),
      { numRuns: Number(process.env.PLANTWATCH_FUZZ_RUNS ?? 20_000) },
    )
  })
})

interface Step {
  readonly request: { readonly path: string; readonly body?: unknown }
  readonly response: { readonly status: number; readonly body?: { readonly message?: string } }
}
const shared = process.env.PLANTWATCH_SHARED ?? fileURLToPath(new URL('../../../shared', import.meta.url))
const recorded = `${shared}/contract/http/22-write-malformed.json`

describe.skipIf(!existsSync(recorded))('malformed lines that a real InfluxDB 2.9.1 was sent', () => {
  const { steps } = existsSync(recorded)
    ? (JSON.parse(readFileSync(recorded, 'utf8')) as { steps: Step[] })
    : { steps: [] }
  const unitOf = (path: string): bigint =>
    ({ s: 1_000_000_000n, ms: 1_000_000n, us: 1_000n })[/precision=(\w+)/.exec(path)?.[1] ?? ''] ?? 1n
  const fill = (text: string): string =>
    text
      .replace(/\{\{repeat:(.):(\d+)\}\}/g, (_, one: string, n: string) => one.repeat(Number(n)))
      .replace(/\{\{each:(\d+):(\d+):(.*?)\}\}/g, (_, from: string, to: string, line: string) =>
        Array.from({ length: Number(to) - Number(from) + 1 }, (__, i) =>
          line.replaceAll('%i', String(Number(from) + i)),
        ).join('\n'),
      )
  const cases = steps.filter(({ request, response }) => response.status === 400 && typeof request.body === 'string')
  it.each(cases.map((step) => [String(step.request.body).slice(0, 60), step] as const))(
    '%j is refused with the same words',
    (_, step) => {
      const bytes = Buffer.from(fill(String(step.request.body)))
      const { bad } = scanner.scan(bytes, { crlf: false, unitNs: unitOf(step.request.path) })
      const message = bad
        .map(({ byteOffset, end, reason }) => `unable to parse '${bytes.toString('utf8', byteOffset, end)}': ${reason}`)
        .join('\n')
      expect(message).toBe(fill(step.response.body!.message!))
    },
  )
})
