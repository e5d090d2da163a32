import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeTemporaryFolder, removeFolder } from '../test/support/temporary-folder.ts'
import { StoreEngine } from './engine.ts'

let folder: string
let engine: StoreEngine
beforeEach(async () => {
  folder = await makeTemporaryFolder()
  engine = await StoreEngine.open(join(folder, 'points.duckdb'))
})
afterEach(async () => {
  await engine.close()
  await removeFolder(folder)
})

const bucket = { id: '000000000000000b', retentionNs: 0n }
const write = (lines: string) => engine.write(bucket, Buffer.from(lines), 1n, 0n)
const reopen = async (): Promise<void> => {
  await engine.close()
  engine = await StoreEngine.open(join(folder, 'points.duckdb'))
}

/** Everything in the bucket: `measurement,tags field` → time → value. @throws when a time comes twice or out of order */
async function stored(): Promise<Map<string, Map<number, unknown>>> {
  const all = new Map<string, Map<number, unknown>>()
  const plan = { bucketId: bucket.id, startNs: -(2n ** 63n), stopNs: 2n ** 63n - 1n, predicate: null }
  for await (const batch of engine.reader.read(plan))
    for (const { tags, times, values, type } of batch) {
      const key = tags.map(([name, value]) => `${name}=${value}`).join(';')
      expect(all.has(key)).toBe(false)
      const points = new Map<number, unknown>()
      times.forEach((ns, i) => {
        if (i > 0) expect(ns > times[i - 1]!).toBe(true)
        points.set(Number(ns), type === 'bool' ? values[i] === 1 : values[i])
      })
      all.set(key, points)
    }
  return all
}

const count = async (): Promise<number> => [...(await stored()).values()].reduce((sum, points) => sum + points.size, 0)

/** A point of a small world, where times and series meet often. */
const point = fc.record({
  measurement: fc.constantFrom('m', 'n'),
  tag: fc.constantFrom('', ',t=a', ',t=b', ',t=a,u=c'),
  field: fc.constantFrom('f', 'i', 's', 'b', 'u'),
  time: fc.integer({ min: 0, max: 40 }),
  number: fc.integer({ min: 0, max: 999 }),
})
type Point = typeof point extends fc.Arbitrary<infer T> ? T : never

const asWritten = ({ field, number }: Point): string =>
  ({ f: `${number}.5`, i: `${number}i`, s: `"${number}"`, b: number % 2 === 0 ? 't' : 'f', u: `${number}u` })[field]!
const asRead = ({ field, number }: Point): unknown =>
  ({ f: number + 0.5, i: BigInt(number), s: String(number), b: number % 2 === 0, u: BigInt(number) })[field]
const keyOf = ({ measurement, tag, field }: Point): string =>
  [`_field=${field}`, `_measurement=${measurement}`, ...tag.split(',').slice(1)].join(';')

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      write: fc.array(fc.array(point, { minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      remove: fc.constantFrom('m', 'n'),
      from: fc.integer({ min: 0, max: 40 }),
      to: fc.integer({ min: 0, max: 40 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ reopen: true as const }) },
)

describe('storage', () => {
  it('holds what a plain map would, whatever is written again, deleted, or opened anew', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        await engine.deleteBucket(bucket.id)
        const model = new Map<string, Map<number, unknown>>()
        for (const one of steps) {
          if ('reopen' in one) await reopen()
          else if ('remove' in one) {
            await engine.deletePoints(bucket.id, BigInt(one.from), BigInt(one.to), (s) => s.measurement === one.remove)
            for (const [key, points] of model) {
              if (!key.includes(`_measurement=${one.remove}`)) continue
              for (const time of [...points.keys()]) if (time >= one.from && time <= one.to) points.delete(time)
              if (points.size === 0) model.delete(key)
            }
          } else {
            const requests = one.write.map((points) =>
              write(points.map((p) => `${p.measurement}${p.tag} ${p.field}=${asWritten(p)} ${p.time}`).join('\n')),
            )
            for (const p of one.write.flat()) {
              let points = model.get(keyOf(p))
              if (points === undefined) model.set(keyOf(p), (points = new Map()))
              points.set(p.time, asRead(p))
            }
            expect((await Promise.all(requests)).every(({ reason }) => reason === null)).toBe(true)
          }
          const found = await stored()
          expect(new Map([...found].sort())).toEqual(
            new Map([...model].sort().map(([key, points]) => [key, new Map([...points].sort(([a], [b]) => a - b))])),
          )
        }
      }),
      { numRuns: 40 },
    )
  })

  it('answers several reads at a time, each with all of its points', async () => {
    for (let part = 0; part < 10; part++)
      await write(Array.from({ length: 5_000 }, (_, i) => `m,s=${i % 50} v=${i} ${part * 5_000 + i}`).join('\n'))
    expect(await Promise.all(Array.from({ length: 6 }, count))).toEqual(Array(6).fill(50_000))
  })

  it('still knows, after it is opened again, series that came while others were being written', async () => {
    const writes: Promise<unknown>[] = []
    for (let i = 0; i < 200; i++) {
      writes.push(write(`m,s=${i} v=1 ${i}`))
      if (i % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await Promise.all(writes)
    await reopen()
    expect(await count()).toBe(200)
  })

  it('loses nothing and doubles nothing that is written while points are deleted', async () => {
    await write(Array.from({ length: 2_000 }, (_, i) => `m,s=${i % 20} v=0 ${i}`).join('\n'))
    const work: Promise<unknown>[] = []
    for (let round = 0; round < 60; round++) {
      work.push(engine.deletePoints(bucket.id, 0n, 999n, ({ measurement }) => measurement === 'm'))
      work.push(write(Array.from({ length: 100 }, (_, i) => `m,s=${i % 20} v=${round} ${5_000 + i}`).join('\n')))
      // Side by side in every order: in one turn, in the next one, and while a commit runs.
      if (round % 3 === 1) await new Promise(setImmediate)
      if (round % 3 === 2) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await Promise.all(work)
    expect(await count()).toBe(1_100)
    await reopen()
    expect(await count()).toBe(1_100)
  })

  it('refuses lines with bytes that are no UTF-8 by name, and takes a comment with such', async () => {
    const send = (text: string) => engine.write(bucket, Buffer.from(text, 'latin1'), 1n, 0n)
    await expect(send('m,t=\xe4 v=1 1\nm,t=ok v=1 1\nm s="\xfc" 1\n')).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(
        /^unable to parse 'm,t=\uFFFD v=1 1': .*no UTF-8.*\nunable to parse 'm s="\uFFFD" 1': /,
      ),
    })
    expect(await count()).toBe(0)
    await send('# \xe4\nm,t=\xc3\xa4 v=1 1\n')
    expect([...(await stored()).keys()]).toEqual(['_field=v;_measurement=m;t=ä'])
  })

  it('tells apart tags whose texts look alike', async () => {
    await write('m,a=x\\,b\\=y v=1 1\nm,a=x,b=y v=2 1\nm\\,a=x\\,b\\=y v=3 1')
    expect((await stored()).size).toBe(3)
  })
})
