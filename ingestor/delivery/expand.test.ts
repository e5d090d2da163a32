import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AcceptedWrite, bucketAndLinesOf, decodeAcceptedWrite, encodeAcceptedWrite } from '../accepted-write.ts'
import { expandLines } from './expand.ts'

const write = (overrides: Partial<AcceptedWrite> = {}): AcceptedWrite => ({
  bucket: 'plant_raw',
  precision: 'ms',
  tokenId: 't1',
  idempotencyKey: '',
  arrivalNs: 1_700_000_000_123_456_789n,
  earliestNs: 1n,
  latestNs: 2n,
  lines: 1,
  contextRuns: [],
  ...overrides,
})
const lines = (body: string, overrides: Partial<AcceptedWrite> = {}): string[] =>
  expandLines({ ...write(overrides), body: Buffer.from(body) }).map(({ bytes }) => bytes.toString())

describe('an accepted write', () => {
  it('keeps tags of the greatest length there is room for, and refuses longer ones', () => {
    for (const letter of ['x', 'ü']) {
      const tags = letter.repeat(65_534 / Buffer.byteLength(letter))
      const read = decodeAcceptedWrite(encodeAcceptedWrite(write({ contextRuns: [{ lines: 300_000, tags }] })))
      expect(read.contextRuns).toEqual([{ lines: 300_000, tags }])
      expect(() => encodeAcceptedWrite(write({ contextRuns: [{ lines: 1, tags: `${tags}xx` }] }))).toThrow(RangeError)
    }
  })

  it('is the same after the log, context runs and lines included', () => {
    fc.assert(
      fc.property(
        fc.record({
          bucket: fc.string({ maxLength: 40 }),
          precision: fc.constantFrom('ns', 'us', 'ms', 's'),
          tokenId: fc.string({ maxLength: 20 }),
          idempotencyKey: fc.string({ maxLength: 20 }),
          arrivalNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
          earliestNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
          latestNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
          lines: fc.nat(),
          contextRuns: fc.array(fc.record({ lines: fc.nat(), tags: fc.string({ maxLength: 60 }) }), { maxLength: 5 }),
        }) as fc.Arbitrary<AcceptedWrite>,
        fc.uint8Array({ maxLength: 100 }),
        (one, body) => {
          const decoded = decodeAcceptedWrite(Buffer.concat([encodeAcceptedWrite(one), body]))
          expect({ ...decoded, body: [...decoded.body] }).toEqual({ ...one, body: [...body] })
          expect(bucketAndLinesOf(encodeAcceptedWrite(one))).toEqual({ bucket: one.bucket, lines: one.lines })
        },
      ),
    )
  })

  it('has its key up to the first blank without a backslash before it', () => {
    expect(lines(`${String.raw`a\\ b v=1 1`}\n`, { contextRuns: [{ lines: 1, tags: ',lot=1' }] })).toEqual([
      String.raw`a\\ b,lot=1 v=1 1`,
    ])
  })

  it('of a version nobody knows is refused by name', () => {
    const head = encodeAcceptedWrite(write())
    head[0] = 9
    expect(() => decodeAcceptedWrite(head)).toThrow(/version 9/)
  })
})

describe('expanding lines for the database', () => {
  it('leaves lines alone that need nothing', () => {
    expect(lines('m,a=b v=1 5\nm v="x y\nz" 6\n')).toEqual(['m,a=b v=1 5', 'm v="x y\nz" 6'])
  })

  it('writes the arrival time, in the precision of the request, where a line has none', () => {
    expect(lines('m v=1\nm v="a b"\n')).toEqual(['m v=1 1700000000123', 'm v="a b" 1700000000123'])
  })

  it('puts the tags of each run behind the line’s own, before the fields', () => {
    const contextRuns = [
      { lines: 1, tags: ',lot=17' },
      { lines: 1, tags: '' },
      { lines: 1, tags: ',lot=18' },
    ]
    expect(lines('m\\ 1,a=b\\ c v=1 5\nm v=2 5\nm v="\\" q=1 ",w=t\n', { contextRuns })).toEqual([
      'm\\ 1,a=b\\ c,lot=17 v=1 5',
      'm v=2 5',
      'm,lot=18 v="\\" q=1 ",w=t 1700000000123',
    ])
  })

  it('gives two lines of one series and time one identity, and others another', () => {
    const [a, b, c, d] = expandLines({
      ...write(),
      body: Buffer.from('m,a=b v=1 5\nm,a=b v=2 5\nm,a=b v=1 6\nm,a=c v=1 5\n'),
    })
    expect(a!.point).toBe(b!.point)
    expect(new Set([a!.point, c!.point, d!.point]).size).toBe(3)
  })
})
